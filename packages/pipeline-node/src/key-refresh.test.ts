import { authenticate, type KeySet, type KeySource, type KeysUnavailable } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { importKeySet } from "./import-key-set.js";
import { acmeMint, bearer, globexMint, snapshot } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, factsOf, NOW, nowSeconds, portsWith } from "./testing/fleet.fixture.js";
import type { Jwk } from "./testing/mint.fixture.js";

const setOf = (generation: number, ...jwks: Jwk[]): KeySet => ({ keys: importKeySet({ keys: jwks }).keys, generation });
const renewed = { ...acmeMint.jwk, kid: "key-2" };
const tokenOf = (kid?: string, over: Record<string, unknown> = {}) => bearer(acmeMint.token(claimsOf("acme", over), { kid }));
const ask = (authorization: string, keys: KeySource) => authenticate(snapshot, factsOf({ authorization }), portsWith(keys));

/** A key source that writes down what it was asked, by IdP. */
function recording(current: KeySet | null, loaded: KeySet | KeysUnavailable, refreshed: KeySet | KeysUnavailable | null) {
  const asked: string[] = [];
  const keys: KeySource = {
    current: () => current,
    load: async (idp) => {
      asked.push(`load ${idp.id}`);
      return loaded;
    },
    refreshForUnknownKid: (idp) => {
      asked.push(`refresh ${idp.id}`);
      return refreshed === null ? null : Promise.resolve(refreshed);
    },
    refusedUnknownKid: (idp, token) => {
      asked.push(`refused ${idp.id} ${token.length}`);
    },
  };
  return { keys, asked };
}

describe("keys that are not at hand", () => {
  test("are loaded at first use", async () => {
    const { keys, asked } = recording(null, setOf(1, acmeMint.jwk), null);
    const decision = ask(tokenOf("key-1"), keys);
    expect(decision).toBeInstanceOf(Promise);
    expect(await decision).toMatchObject({ outcome: "allow" });
    expect(asked).toEqual(["load acme/main"]);
  });

  test("are refreshed once for an unknown kid, and then it verifies", async () => {
    const { keys, asked } = recording(setOf(1, acmeMint.jwk), { unavailable: "-" }, setOf(2, acmeMint.jwk, renewed));
    expect(await ask(tokenOf("key-2"), keys)).toMatchObject({ outcome: "allow" });
    expect(asked).toEqual(["refresh acme/main"]);
  });

  test.each<[string, KeySet | KeysUnavailable | null]>([
    ["the refresh does not bring it", setOf(2, acmeMint.jwk)],
    ["the refresh fails", { unavailable: "away" }],
    ["the cool-down lasts", null],
  ])("an unknown kid is refused when %s", async (_, refreshed) => {
    const { keys, asked } = recording(setOf(1, acmeMint.jwk), { unavailable: "-" }, refreshed);
    expect(await ask(tokenOf("key-2"), keys)).toMatchObject({ outcome: "deny", code: "unknown_signing_key" });
    const [, token = ""] = tokenOf("key-2").split(" ");
    expect(asked).toEqual(["refresh acme/main", `refused acme/main ${token.length}`]);
  });

  test("are not asked for by a token that must be refused anyway", async () => {
    const { keys, asked } = recording(null, setOf(1, acmeMint.jwk), null);
    for (const over of [{ exp: 1 }, { exp: undefined }, { aud: "other" }, { nbf: nowSeconds + 999 }, { iss: "https://nobody.example" }]) {
      expect(await ask(tokenOf("key-1", over), keys)).toMatchObject({ outcome: "deny" });
    }
    expect(await ask("Bearer x.y.z", keys)).toMatchObject({ code: "invalid_token" });
    expect(asked).toEqual([]);
  });

  test("are not refreshed for a known kid with a bad signature, nor for a token without kid", async () => {
    const { keys, asked } = recording(setOf(1, acmeMint.jwk, renewed), { unavailable: "-" }, setOf(2, acmeMint.jwk));
    const forged = bearer(globexMint.token(claimsOf("acme")));
    expect(await ask(forged, keys)).toMatchObject({ code: "invalid_token" });
    expect(await ask(tokenOf(undefined), keys)).toMatchObject({ code: "unknown_signing_key" });
    expect(asked).toEqual([]);
  });

  test("a foreign issuer's are loaded at most once, and never refreshed", async () => {
    const { keys, asked } = recording(null, setOf(1, { ...globexMint.jwk, kid: "other" }), setOf(2, globexMint.jwk));
    expect(await ask(bearer(globexMint.token(claimsOf("globex"))), keys)).toMatchObject({ code: "invalid_token" });
    expect(asked).toEqual(["load globex/main"]);
  });

  test("time is looked at again after the wait", async () => {
    let now = NOW;
    const keys: KeySource = {
      current: () => null,
      load: async () => {
        now = NOW + 3_600_000;
        return setOf(1, acmeMint.jwk);
      },
      refreshForUnknownKid: () => null,
      refusedUnknownKid: () => undefined,
    };
    const ports = portsWith(keys, { clock: { now: () => now } });
    const decision = await authenticate(snapshot, factsOf({ authorization: tokenOf("key-1") }), ports);
    expect(decision).toMatchObject({ outcome: "deny", code: "token_expired" });
  });
});
