import { authenticate, compileSnapshot, type DenyCode, failedAuthenticationOf, type Lockouts, REFUSALS } from "@sallyport/pipeline";
import { lockoutPolicySpec } from "@sallyport/snapshot";
import { describe, expect, test } from "vitest";
import { acmeMint, bearer, keys } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, fleet, portsWith, tenant } from "./testing/fleet.fixture.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));
const ADDRESS = "192.0.2.10";
const routes = {
  main: { upstream: "main", authentication: { mode: "required" } },
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  either: { pathPrefix: "/either", upstream: "main", authentication: { mode: "optional" } },
};

function lockedOut(address = ADDRESS, slug = "acme"): Lockouts & { asked: number } {
  const lockouts = {
    any: true,
    asked: 0,
    remainingMs(of: string, from: string) {
      lockouts.asked += 1;
      return of === slug && from === address ? 41_001 : 0;
    },
  };
  return lockouts;
}
const snapshot = (own: Record<string, unknown> | undefined, settings: Record<string, unknown> = {}) =>
  compiled([tenant("acme", { routes, ...(own !== undefined && { lockout: own }) })], settings);
const decide = (lockouts: Lockouts | undefined, request = {}, of = snapshot(undefined)) =>
  authenticate(of, factsOf({ authorization, ...request }), portsWith(keys, lockouts === undefined ? {} : { lockouts }));

describe("a locked-out address", () => {
  test("is refused before anything that it presents is looked at, and told how long", async () => {
    expect(await decide(lockedOut())).toMatchObject({ outcome: "deny", code: "locked_out", retryAfterSeconds: 42, findings: [], route: "main" });
    expect(await decide(lockedOut(), { authorization: "Bearer rubbish" })).toMatchObject({ code: "locked_out" });
    expect(await decide(lockedOut(), { target: "/either", authorization: null })).toMatchObject({ code: "locked_out" });
  });

  test("may use what takes no credential, and keeps what it has open", async () => {
    expect(await decide(lockedOut(), { target: "/open", authorization: null })).toMatchObject({ outcome: "allow" });
    const facts = { ...factsOf({ authorization }), decidedBefore: true };
    expect(await authenticate(snapshot(undefined), facts, portsWith(keys, { lockouts: lockedOut() }))).toMatchObject({ outcome: "allow" });
  });

  test("is so at its tenant alone, and only where the policy refuses", async () => {
    expect(await decide(lockedOut(ADDRESS, "globex"))).toMatchObject({ outcome: "allow" });
    for (const own of [{ action: "observe" }, { action: "off" }, { exempt: ["192.0.2.0/24"] }])
      expect(await decide(lockedOut(), {}, snapshot(own))).toMatchObject({ outcome: "allow" });
    expect(await decide(lockedOut(), {}, snapshot({}, { lockout: { action: "off" } }))).toMatchObject({ code: "locked_out" });
    expect(await decide(lockedOut(), {}, snapshot(undefined, { lockout: { action: "off" } }))).toMatchObject({ outcome: "allow" });
    expect(await decide(lockedOut(), {}, snapshot(undefined, { trustedProxies: ["192.0.2.10/32"] }))).toMatchObject({ outcome: "allow" });
  });

  test("costs nothing to look for while nobody is", async () => {
    const lockouts = { ...lockedOut(), any: false };
    expect(await decide(lockouts)).toMatchObject({ outcome: "allow" });
    expect(lockouts.asked).toBe(0);
  });
});

describe("what counts as a failed authentication", () => {
  const countedBy = (code: DenyCode, more = {}, of = snapshot(undefined)) =>
    failedAuthenticationOf(of, { code, tenant: "acme", clientIp: ADDRESS, ...more });

  test("every 401 but those that present nothing, and those of what was good until its time was over", () => {
    const counted = (Object.keys(REFUSALS) as DenyCode[]).filter((code) => countedBy(code) !== null);
    expect(counted).toEqual([
      ...["invalid_token", "token_revoked", "unknown_signing_key", "invalid_claims", "inactive_token", "invalid_dpop_proof"],
      ...["invalid_api_key", "invalid_session_format", "invalid_client_certificate"],
    ]);
  });

  test("is counted by the tenant and the address, IPv6 by its /64, with the defaults of BEHAVIOUR §5", () => {
    expect(countedBy("invalid_token", { clientIp: "2001:db8:1:2:3::4" })).toEqual({
      tenant: "acme",
      address: "2001:db8:1:2::/64",
      username: null,
      rule: { failures: 5, windowMs: 300_000, lockoutMs: 300_000 },
      refuses: true,
      reason: "invalid_token",
    });
  });

  test("is nobody's where there is no tenant or address, nor where the policy does not count", () => {
    expect(countedBy("invalid_token", { tenant: null })).toBeNull();
    expect(countedBy("invalid_token", { tenant: "gone" })).toBeNull();
    expect(countedBy("invalid_token", { clientIp: null })).toBeNull();
    for (const own of [{ action: "off" }, { exempt: ["192.0.2.10/32"] }]) expect(countedBy("invalid_token", {}, snapshot(own))).toBeNull();
    expect(countedBy("invalid_token", {}, snapshot({ action: "observe", failures: 2 }))).toMatchObject({ refuses: false, rule: { failures: 2 } });
    expect(countedBy("invalid_token", {}, snapshot(undefined, { trustedProxies: ["192.0.2.0/28"] }))).toBeNull();
  });
});

test("a range that cannot be one refuses the revision, with its place", () => {
  const section = tenant("acme", { routes });
  const broken = { ...section, lockout: { ...lockoutPolicySpec.parse({}), exempt: ["10.0.0.0"] } };
  const result = compileSnapshot({ revision: 1, rootHash: "", fleet: fleet(), tenants: [broken] as never });
  expect(result).toMatchObject({ ok: false, errors: [{ path: "tenants/acme", message: "lockout.exempt: 10.0.0.0 is not a range" }] });
});

test("a login of the upstream's own is closed to a locked-out address, also where the route is public; and is no WebSocket", async () => {
  const upstreamLogin = { usernameField: "email" };
  const withLogin = (more = {}) =>
    tenant("acme", { routes: { login: { pathPrefix: "/", upstream: "main", authentication: { mode: "public" }, upstreamLogin, ...more } } });
  expect(await decide(lockedOut(), { authorization: null }, compiled([withLogin()]))).toMatchObject({ code: "locked_out", route: "login" });
  const result = compileSnapshot({ revision: 1, rootHash: "", fleet: fleet(), tenants: [withLogin({ websocket: true })] });
  expect(result).toMatchObject({ ok: false, errors: [{ path: "tenants/acme/routes/login", message: expect.stringMatching(/^upstreamLogin: /) }] });
});
