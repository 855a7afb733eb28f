import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../deps.js";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { admin, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const HOUR = 3_600_000;
const PASSWORD = "four plain words here";
const client = (ip = "192.0.2.1"): Client => ({ ip, userAgent: "vitest", requestId: "req-1" });

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet();
});
afterAll(() => fleet.close());

const person = async (email: string, role: "viewer" | "operator" | "platform_admin" = "viewer") => {
  const scope = await fleet.cp.access.fleet(admin, "people.write");
  const { token } = await fleet.cp.people.invite(scope, { email, displayName: email.split("@")[0] ?? email, roles: [{ role }] });
  return fleet.cp.people.redeemLink({ token, email, displayName: "Somebody", password: PASSWORD }, client());
};

describe("the first administrator's link", () => {
  it("is replaced by the next, works once, and is gone once there is an administrator", async () => {
    const first = await fleet.cp.people.firstAdminLink();
    const second = await fleet.cp.people.firstAdminLink();
    const redeem = (token: string | undefined, email: string) =>
      fleet.cp.people.redeemLink({ token: token ?? "", email, displayName: "Mara Okafor", password: PASSWORD }, client());
    const old = await refusalOf(redeem(first?.token, "mara@ledgerline.example"));
    const garbage = await refusalOf(redeem("garbage", "mara@ledgerline.example"));
    expect(old.message).toBe(garbage.message);
    const weak = await refusalOf(
      fleet.cp.people.redeemLink({ token: second?.token ?? "", email: "mara@ledgerline.example", displayName: "Mara", password: "short" }, client()),
    );
    expect(weak.issues).toEqual([{ path: "password", message: "is too short; use at least 12 characters, for example four words" }]);

    // Eight at once, each with an e-mail of its own: exactly one becomes the administrator.
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => redeem(second?.token, `mara${index}@ledgerline.example`)));
    const won = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    expect(won).toHaveLength(1);
    for (const attempt of attempts) if (attempt.status === "rejected") expect(attempt.reason).toMatchObject({ code: "precondition" });
    expect(won[0]?.person.roles).toEqual([{ role: "platform_admin", tenant: null }]);
    expect(await fleet.cp.people.firstAdminLink()).toBeNull();
    expect(await queryOwner(fleet, "SELECT id FROM person")).toHaveLength(1);
  });
});

describe("sign-in", () => {
  it("gives a new session each time, which knows the person and the roles", async () => {
    const redeemed = await person("jonas@ledgerline.example", "operator");
    const signIn = () => fleet.cp.sessions.signIn({ email: " Jonas@Ledgerline.example ", password: PASSWORD }, client());
    const [one, two] = [await signIn(), await signIn()];
    expect(new Set([redeemed.sessionToken, one.sessionToken, two.sessionToken]).size).toBe(3);
    const session = await fleet.cp.sessions.authenticate(one.sessionToken, client());
    expect(session?.person).toMatchObject({ email: "jonas@ledgerline.example", roles: [{ role: "operator", tenant: null }] });
    expect(session?.actor.grants.fleet.has("route.write")).toBe(true);
    expect(session?.actor.grants.fleet.has("revision.publish")).toBe(false);
    expect(await fleet.cp.sessions.authenticate("a".repeat(43), client())).toBeNull();
    expect(await fleet.cp.sessions.authenticate("", client())).toBeNull();
  });

  it("answers alike for a wrong password, an unknown and a disabled account", async () => {
    await person("disabled@ledgerline.example");
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    const found = (await fleet.cp.people.list(scope)).find(({ email }) => email === "disabled@ledgerline.example");
    await person("wrong@ledgerline.example");
    await fleet.cp.people.disable(scope, { personId: found?.id ?? "" });
    const refusals = [];
    for (const [email, password] of [
      ["wrong@ledgerline.example", "not the password at all"],
      ["unknown@ledgerline.example", PASSWORD],
      ["disabled@ledgerline.example", PASSWORD],
    ] as const)
      refusals.push(await refusalOf(fleet.cp.sessions.signIn({ email, password }, client("192.0.2.2"))));
    expect(new Set(refusals.map(({ code, message }) => `${code} ${message}`)).size).toBe(1);
    expect(refusals[0]?.code).toBe("unauthenticated");
  });

  it("is slowed down after five failures of one account, and the right password counts for nothing until then", async () => {
    await person("guessed@ledgerline.example");
    const attempt = (password: string, ip: string) => fleet.cp.sessions.signIn({ email: "guessed@ledgerline.example", password }, client(ip));
    for (let index = 0; index < 5; index++) expect((await refusalOf(attempt("wrong", `198.51.100.${index}`))).code).toBe("unauthenticated");
    const sixth = await refusalOf(attempt(PASSWORD, "198.51.100.99"));
    expect(sixth.code).toBe("too_many_attempts");
    expect(sixth.retryAfterSeconds).toBeGreaterThan(0);
    expect(sixth.retryAfterSeconds).toBeLessThanOrEqual(60);
    fleet.clock.advance(61_000);
    expect((await attempt(PASSWORD, "198.51.100.99")).person.email).toBe("guessed@ledgerline.example");
  });

  it("counts parallel guesses, so that a burst gets no more tries than a queue", async () => {
    fleet.clock.advance(15 * 60_000 + 1_000);
    const attempts = Array.from({ length: 30 }, () =>
      fleet.cp.sessions.signIn({ email: "burst@ledgerline.example", password: "wrong" }, client("203.0.113.5")),
    );
    const codes = (await Promise.allSettled(attempts)).map((result) =>
      result.status === "rejected" ? (result.reason as { code: string }).code : "in",
    );
    expect(codes.filter((code) => code === "unauthenticated").length).toBeLessThanOrEqual(5);
    expect(codes.filter((code) => code === "too_many_attempts").length).toBeGreaterThanOrEqual(25);
  });
});

describe("a session", () => {
  it("slides for eight hours of idleness and ends after seven days whatever happens", async () => {
    const { sessionToken } = await person("idle@ledgerline.example");
    const alive = () => fleet.cp.sessions.authenticate(sessionToken, client());
    fleet.clock.advance(7.9 * HOUR);
    expect(await alive()).not.toBeNull();
    for (let index = 0; index < 20; index++) {
      fleet.clock.advance(7.9 * HOUR);
      expect(await alive()).not.toBeNull();
    }
    fleet.clock.advance(7.9 * HOUR);
    expect(await alive()).toBeNull();

    const { sessionToken: second } = await fleet.cp.sessions.signIn({ email: "idle@ledgerline.example", password: PASSWORD }, client());
    fleet.clock.advance(8 * HOUR + 1);
    expect(await fleet.cp.sessions.authenticate(second, client())).toBeNull();
  });

  it("ends at sign-out, at revocation, and when its person is disabled", async () => {
    const { sessionToken } = await person("ending@ledgerline.example");
    const signIn = async () => (await fleet.cp.sessions.signIn({ email: "ending@ledgerline.example", password: PASSWORD }, client())).sessionToken;
    await fleet.cp.sessions.signOut(sessionToken, client());
    expect(await fleet.cp.sessions.authenticate(sessionToken, client())).toBeNull();

    const [mine, other] = [await signIn(), await signIn()];
    const session = await fleet.cp.sessions.authenticate(mine, client());
    if (session === null) throw new Error("signed in, yet not");
    const rows = await fleet.cp.sessions.list(session.actor);
    expect(rows.map(({ current }) => current).sort()).toEqual([false, true]);
    await fleet.cp.sessions.revoke(session.actor, { sessionId: rows.find(({ current }) => !current)?.id ?? "" });
    expect(await fleet.cp.sessions.authenticate(other, client())).toBeNull();

    const stranger = await person("stranger@ledgerline.example");
    const strangers = await fleet.cp.sessions.authenticate(stranger.sessionToken, client());
    expect((await refusalOf(fleet.cp.sessions.revoke(session.actor, { sessionId: strangers?.actor.sessionId ?? "" }))).code).toBe("not_found");

    await fleet.cp.people.disable(await fleet.cp.access.fleet(admin, "people.write"), { personId: session.person.id });
    expect(await fleet.cp.sessions.authenticate(mine, client())).toBeNull();
  });

  it("leaves neither its token nor a password nor a link in any table", async () => {
    const scope = await fleet.cp.access.fleet(admin, "people.write");
    const { token: link } = await fleet.cp.people.invite(scope, { email: "canary@ledgerline.example", displayName: "Canary", roles: [] });
    const redeemed = { token: link, email: "canary@ledgerline.example", displayName: "Canary", password: "canary-in-the-coal-mine-77" };
    const { sessionToken } = await fleet.cp.people.redeemLink(redeemed, client());
    const tables = await queryOwner<{ name: string }>(fleet, "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const text = JSON.stringify(await queryOwner(fleet, `SELECT to_jsonb(t) AS row FROM "${name}" t`));
      for (const secret of [link, sessionToken, redeemed.password]) expect(text, name).not.toContain(secret);
    }
  });
});
