import { authenticate, type Decision } from "@sallyport/pipeline";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acmeMint, bearer, keys, snapshot } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, freshConnection, issuerOf, keysOf, portsWith, tenant } from "./testing/fleet.fixture.js";
import { createMint } from "./testing/mint.fixture.js";

const ports = portsWith(keys);
const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const headerName = fc.oneof(
  latin1,
  fc.constantFrom(
    "Host",
    "Authorization",
    "Connection",
    "X-Forwarded-For",
    "Forwarded",
    "X-User-Id",
    "Upgrade",
    "Content-Length",
    "X-Tenant-ID",
    "__proto__",
  ),
);
const json = fc.json({ depthSize: "medium" });
const claimNames = ["iss", "aud", "exp", "nbf", "iat", "sub", "cnf", "email", "roles", "scope", "scp", "org_id", "sid", "tenant_id", "__proto__"];
const strangeClaims = fc.dictionary(fc.constantFrom(...claimNames), fc.jsonValue());

/** Neither a fault nor a byte upstream that could end a field. */
function expectSound(decision: Decision): void {
  if (decision.outcome === "deny") {
    expect(decision.code, decision.detail).not.toBe("internal_fault");
    return;
  }
  const headers = decision.outcome === "preflight" ? decision.headers : decision.upstreamHeaders;
  expect(headers.length % 2).toBe(0);
  for (const text of headers) expect(text).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
}

describe("whatever arrives", () => {
  test("of the cookies of a request the upstream gets all but the gateway's own, byte for byte and in their order", async () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab="_-, \t%'), maxLength: 8 });
    const own = fc
      .tuple(fc.constantFrom("__Host-sallyport-acme", "__Host-sallyport-globex", "__Host-sallyport.login"), text)
      .map((pair) => pair.join("="));
    const other = fc.oneof(text, fc.constantFrom("__Host-other=1", "x__Host-sallyport-acme=1", "a=__Host-sallyport-acme=1", "__Host-sallypor=1"));
    const isOwn = (part: string): boolean => /^[\t ]*__Host-sallyport[^=]*=/.test(part);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.oneof(own, other), { minLength: 1, maxLength: 6 }), { maxLength: 3 }), async (fields) => {
        const headers = fields.map((parts) => ["Cookie", parts.join(";")] as const);
        const decision = await authenticate(snapshot, factsOf({ target: "/open/x", headers }), ports);
        if (decision.outcome !== "allow") throw new Error("not allowed");
        const sent = decision.upstreamHeaders.flatMap((name, at) =>
          at % 2 === 0 && name === "Cookie" ? [decision.upstreamHeaders[at + 1] ?? ""] : [],
        );
        expect(sent.join(";")).not.toMatch(/(?:^|;)[\t ]*__Host-sallyport[^=;]*=/);
        const kept = (parts: readonly string[]) => parts.flatMap((part) => part.split(";")).filter((part) => !isOwn(part));
        const loose = (parts: readonly string[]) =>
          kept(parts)
            .map((part) => part.trim())
            .filter((part) => part !== "");
        expect(loose(sent)).toEqual(loose(fields.flat()));
      }),
      { numRuns: 2_000 },
    );
  });

  test("no method, target and header fields give a fault", async () => {
    await fc.assert(
      fc.asyncProperty(latin1, latin1, fc.array(fc.tuple(headerName, latin1)), latin1, async (method, target, headers, remoteAddress) => {
        const facts = factsOf({ method, target, headers, remoteAddress, host: null });
        expectSound(await authenticate(snapshot, facts, ports));
        expectSound(await authenticate(snapshot, factsOf({ target: `/${target}`, headers, remoteAddress }), ports));
      }),
      { numRuns: 1_000 },
    );
  });

  test("no credential gives a fault, and none that is made up passes", async () => {
    const segment = fc.oneof(
      latin1,
      json.map((text) => Buffer.from(text).toString("base64url")),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          latin1,
          fc.array(segment, { maxLength: 5 }).map((parts) => parts.join(".")),
        ),
        async (token) => {
          const decision = await authenticate(snapshot, factsOf({ authorization: `Bearer ${token}` }), ports);
          expectSound(decision);
          expect(decision.outcome).toBe("deny");
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("no claims of a genuine issuer give a fault or inject", async () => {
    await fc.assert(
      fc.asyncProperty(strangeClaims, fc.boolean(), async (claims, overDefaults) => {
        const token = acmeMint.token(overDefaults ? { ...claimsOf("acme"), ...claims } : { ...claims, ...claimsOf("acme") });
        expectSound(await authenticate(snapshot, factsOf({ authorization: bearer(token) }), ports));
      }),
      { numRuns: 400 },
    );
  });

  test("no header and payload text of a genuine key gives a fault", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, fc.string({ unit: "binary" })), fc.oneof(json, fc.string({ unit: "binary" })), async (header, payload) => {
        expectSound(await authenticate(snapshot, factsOf({ authorization: bearer(acmeMint.tokenOf(header, payload)) }), ports));
      }),
      { numRuns: 200 },
    );
  });

  test("every text that a claim can hold arrives upstream as visible ASCII, and decodes to itself", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 200 }), async (email) => {
        const decision = await authenticate(snapshot, factsOf({ authorization: bearer(acmeMint.token(claimsOf("acme", { email }))) }), ports);
        if (decision.outcome !== "allow") throw new Error("not allowed");
        const value = decision.upstreamHeaders[decision.upstreamHeaders.indexOf("X-User-Email") + 1] ?? "";
        expect(value).toMatch(/^[\x21-\x7e]+$/);
        expect(decodeURIComponent(value)).toBe(email.toWellFormed());
      }),
      { numRuns: 200 },
    );
  });
});

describe("the tenant border", () => {
  // Few keys, kids, issuers and values, so that they collide.
  const mints = [createMint("ES256", "k"), createMint("ES256", "k"), createMint("EdDSA", "k")] as const;
  const idp = fc.record({ issuer: fc.nat({ max: 2 }), audience: fc.nat({ max: 1 }), claim: fc.option(fc.nat({ max: 3 }), { nil: null }) });
  const token = fc.record({
    mint: fc.nat({ max: 2 }),
    issuer: fc.nat({ max: 2 }),
    audience: fc.nat({ max: 1 }),
    org: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  });
  type Idp = { issuer: number; audience: number; claim: number | null };

  const specOf = ({ issuer, audience, claim }: Idp) => ({
    issuer: issuerOf(`i${issuer}`),
    audiences: [`aud-${audience}`],
    tenantClaim: claim === null ? null : { claim: "org", value: `org-${claim}` },
  });

  test("a token that one tenant accepts is never accepted by another, on cold, warm and shared memories", async () => {
    let allowed = 0;
    let refusedFleets = 0;
    await fc.assert(
      fc.asyncProperty(idp, idp, fc.array(token, { minLength: 1, maxLength: 4 }), async (a, b, tokens) => {
        const sections = [tenant("acme", { identityProviders: { main: specOf(a) } }), tenant("globex", { identityProviders: { main: specOf(b) } })];
        // One issuer has one key set, whoever shares it.
        const keySource = keysOf({ "acme/main": [mints[a.issuer]?.jwk ?? {}], "globex/main": [mints[b.issuer]?.jwk ?? {}] });
        let fleet: ReturnType<typeof compiled>;
        try {
          fleet = compiled(sections);
        } catch {
          // The isolation proof refused the pair: nothing is published, so nothing can leak.
          refusedFleets++;
          return;
        }
        const shared = portsWith(keySource);
        const connection = freshConnection();
        for (const each of [...tokens, ...tokens]) {
          const claims = {
            ...claimsOf("acme"),
            iss: issuerOf(`i${each.issuer}`),
            aud: `aud-${each.audience}`,
            org: each.org === undefined ? undefined : `org-${each.org}`,
          };
          const authorization = bearer(mints[each.mint]?.token(claims) ?? "");
          const outcomes: string[] = [];
          for (const slug of ["acme", "globex", "acme"]) {
            const facts = factsOf({ host: `${slug}.api.example.com`, authorization, connection });
            const decision = await authenticate(fleet, facts, shared);
            expect(decision.outcome).toBe((await authenticate(fleet, { ...facts, connection: null }, portsWith(keySource))).outcome);
            if (decision.outcome === "allow") expect(decision.principal?.tenant).toBe(slug);
            if (decision.outcome === "allow") allowed++;
            outcomes.push(decision.outcome);
          }
          expect(outcomes.slice(0, 2)).not.toEqual(["allow", "allow"]);
        }
      }),
      { numRuns: 300 },
    );
    // The property says something only where tokens do pass, and pairs do collide.
    expect(allowed).toBeGreaterThan(20);
    expect(refusedFleets).toBeGreaterThan(5);
  });
});
