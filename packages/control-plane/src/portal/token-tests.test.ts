import { createTokenMint, type JwksServer, startJwksServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
let acmeIdp: JwksServer;
let globexIdp: JwksServer;
const mints = { acme: createTokenMint({ alg: "ES256" }), globex: createTokenMint({ alg: "ES256" }) };
const audience = (slug: string) => `https://api.${slug}.example`;

beforeAll(async () => {
  [acmeIdp, globexIdp] = await Promise.all([startJwksServer({ jwks: mints.acme.jwks() }), startJwksServer({ jwks: mints.globex.jwks() })]);
  fleet = await startTestFleet();
  const write = await fleet.cp.access.fleet(admin, "fleet.write");
  const settings = await fleet.cp.fleet.settings(write);
  await fleet.cp.fleet.putSettings(write, { spec: { ...settings.spec, idpAllowedRanges: ["127.0.0.0/8"] }, version: settings.version });
  for (const [slug, idp] of [
    ["acme", acmeIdp],
    ["globex", globexIdp],
  ] as const) {
    await makeTenant(fleet.cp, slug);
    const scope = await scopeOf(slug);
    await fleet.cp.objects.put(scope, "IdentityProvider", "main", { version: 1, spec: { issuer: idp.issuer, audiences: [audience(slug)] } });
  }
});
afterAll(async () => {
  await fleet.close();
  await Promise.all([acmeIdp.close(), globexIdp.close()]);
});

const scopeOf = (slug: string) => fleet.cp.access.tenant(admin, slug, "tenant.read");
const attempt = async (token: string, more: { on?: "draft" | "live"; path?: string } = {}) =>
  fleet.cp.portalTokenTests.attempt(await scopeOf("acme"), { token, ...more });
const claims = (more: Record<string, unknown> = {}) => ({
  ...{ iss: acmeIdp.issuer, aud: audience("acme"), sub: "ada", exp: Math.floor(fleet.clock.now() / 1_000) + 600 },
  ...{ email: "ada@acme.example", roles: ["admin"], scope: "read write" },
  ...more,
});

describe("a token that is tried in the portal", () => {
  it("is decided by the pipeline with the provider's real keys, before anything is live", async () => {
    const verdict = await attempt(`Bearer ${mints.acme.sign(claims())}`);
    expect(verdict).toMatchObject({
      ...{ allowed: true, code: null, route: "all", revision: null, nearMisses: [] },
      principal: { subject: "ada", identityProvider: "main", email: "ada@acme.example", roles: ["admin"], scopes: ["read", "write"] },
    });
    expect(verdict.steps.map(({ step, result }) => `${step} ${result}`)).toEqual([
      ...["admit pass", "resolve pass", "route pass", "extract pass", "authenticate pass", "match pass", "limit pass", "propagate pass"],
    ]);
    expect((await refusalOf(attempt(mints.acme.sign(claims()), { on: "live" }))).message).toBe(
      "Nothing of yours is live yet. Try it on what you saved.",
    );
  });

  it.each([
    ["is expired", () => mints.acme.sign(claims({ exp: 1_000 })), "token_expired"],
    ["is for somebody else", () => mints.acme.sign(claims({ aud: "https://elsewhere.example" })), "invalid_token"],
    ["is signed by another key", () => createTokenMint({ alg: "ES256", kid: mints.acme.kid }).sign(claims()), "invalid_token"],
    ["has a key that nobody knows", () => createTokenMint({ alg: "ES256", kid: "nobody" }).sign(claims()), "unknown_signing_key"],
    ["is no token", () => "opaque-text", "invalid_token"],
  ])("that %s is refused with the step and the code", async (_, make, code) => {
    const verdict = await attempt(make());
    expect(verdict).toMatchObject({ allowed: false, code, principal: null });
    expect(verdict.steps.filter(({ result }) => result === "fail")).toHaveLength(1);
  });

  it("that narrowly missed is told what differs", async () => {
    const { nearMisses } = await attempt(mints.acme.sign(claims({ aud: `${audience("acme")}/` })));
    expect(nearMisses.join(" ")).toContain("audience");
  });

  it("is tried on what is live once it is, whatever is in the draft", async () => {
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
    const row = await fleet.cp.objects.get(await scopeOf("acme"), "IdentityProvider", "main");
    await fleet.cp.objects.put(await scopeOf("acme"), "IdentityProvider", "main", {
      version: row.version,
      spec: { ...row.spec, status: "disabled" },
    });
    expect(await attempt(mints.acme.sign(claims()), { on: "live" })).toMatchObject({ allowed: true, revision: 1 });
    expect(await attempt(mints.acme.sign(claims()))).toMatchObject({ allowed: false, revision: null });
  });

  it("of another tenant is refused without a word about that tenant", async () => {
    const verdict = await attempt(mints.globex.sign(claims({ iss: globexIdp.issuer, aud: audience("globex") })), { on: "live" });
    expect(verdict).toMatchObject({ allowed: false, code: "tenant_mismatch", principal: null });
    expect(JSON.stringify(verdict)).not.toContain("globex");
  });

  it("meets its own tenant's draft alone: another's that does not compile is nobody else's trouble, nor told", async () => {
    const globex = await fleet.cp.objects.get(await scopeOf("globex"), "IdentityProvider", "main");
    const clash = { ...globex.spec, issuer: acmeIdp.issuer, audiences: [audience("acme")] };
    await fleet.cp.objects.put(await scopeOf("globex"), "IdentityProvider", "main", { version: globex.version, spec: clash });
    expect(await attempt(mints.acme.sign(claims()))).toMatchObject({ allowed: false });
    // The other way round: globex's own draft breaks the border, and is told so without the neighbour's name.
    const refused = await refusalOf(fleet.cp.portalTokenTests.attempt(await scopeOf("globex"), { token: "x" }));
    expect(refused.code).toBe("precondition");
    expect(`${refused.message}${JSON.stringify(refused.issues)}`).not.toContain("acme");
  });

  it("is kept nowhere, and tried one at a time", async () => {
    const token = mints.acme.sign(claims({ jti: "canary-token" }));
    const outcomes = await Promise.allSettled([attempt(token, { on: "live" }), attempt(token, { on: "live" })]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const table of ["audit_record", "security_event", "alert", "revocation"])
      expect(JSON.stringify(await queryOwner(fleet, `SELECT to_json(${table}) FROM ${table}`))).not.toContain(token.slice(-40));
    for (const wrong of ["", "two words", "line\nbreak"]) expect((await refusalOf(attempt(wrong))).issues[0]?.path).toBe("token");
    expect((await refusalOf(attempt("x", { path: "no-slash" }))).issues[0]?.path).toBe("path");
  });
});
