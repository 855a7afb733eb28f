import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../access/actor.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

let fleet: TestFleet;
let mara: Actor;
let jonas: Actor;
const person = (id: string, name: string, of: "publisher" | "platform_admin" = "publisher"): Actor => ({ ...actorOf(of, name), id });
const base = async () => (await fleet.cp.draft.summary(admin)).base;
let edits = 0;
async function edit(slug = "acme"): Promise<void> {
  const scope = await fleet.cp.access.tenant(admin, slug, "route.write");
  edits += 1;
  await fleet.cp.objects.put(scope, "Upstream", `u-${edits}`, { version: null, spec: { url: "http://u.internal" } });
}
const setRequired = async (required: boolean) =>
  fleet.cp.approvals.require(await fleet.cp.access.fleet(admin, "people.write"), { required, was: !required });
async function ask(actor: Actor, more: object = {}): Promise<number> {
  const { waiting } = await fleet.cp.approvals.submit(actor, { comment: "An edit", base: await base(), ...more });
  if (waiting === undefined) throw new Error("it was published");
  return waiting;
}
const stateOf = async (id: number, actor = admin) => (await fleet.cp.approvals.list(actor)).find((request) => request.id === id);

beforeAll(async () => {
  fleet = await startTestFleet();
  for (const slug of ["acme", "globex"]) await makeTenant(fleet.cp, slug);
  expect(await fleet.cp.approvals.submit(admin, { comment: "First", base: null })).toEqual({ revision: 1 });
  mara = person("0198f0a0-0000-7000-8000-00000000000a", "Mara");
  jonas = person("0198f0a0-0000-7000-8000-00000000000b", "Jonas");
  await setRequired(true);
});
afterAll(() => fleet.close());
beforeEach(async () => {
  for (const { name } of (await fleet.cp.draft.diff(admin)).sections) await fleet.cp.draft.discard(admin, { section: name });
  await edit();
});

describe("publishing by two persons", () => {
  it("is switched by those who may write people, on record", async () => {
    expect((await refusalOf(fleet.cp.access.fleet(mara, "people.write"))).code).toBe("forbidden");
    expect((await refusalOf(setRequired(true))).code).toBe("conflict");
    const [entry] = (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 200 })).items.filter(
      ({ action }) => action === "installation.require_approval",
    );
    expect(entry).toMatchObject({ before: { required: false }, after: { required: true } });
  });

  it("makes a request that somebody else approves: then it is live, with both on record", async () => {
    const before = await base();
    expect((await refusalOf(fleet.cp.draft.publish(mara, { comment: "Past it", base: before }))).code).toBe("precondition");
    const id = await ask(mara);
    expect(await base()).toBe(before);
    expect(await stateOf(id, mara)).toMatchObject({
      state: "waiting",
      isVoid: false,
      isOwn: true,
      sections: ["tenants/acme"],
      requestedByName: "Mara",
    });
    expect((await refusalOf(fleet.cp.approvals.approve(mara, { id }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.approvals.approve(actorOf("operator"), { id }))).code).toBe("not_found");
    const { revision } = await fleet.cp.approvals.approve(jonas, { id });
    expect(await fleet.cp.revisions.get(admin, revision)).toMatchObject({ authorName: "Mara", approvedBy: "Jonas", comment: "An edit" });
    expect(await stateOf(id)).toMatchObject({ state: "approved", revision, decidedByName: "Jonas", isOwn: false });
    expect((await refusalOf(fleet.cp.approvals.approve(jonas, { id }))).message).toMatch(/is decided: Jonas approved it/);
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 10 });
    expect(items.slice(0, 3).map(({ action, actorName }) => [action, actorName])).toEqual([
      ["publish_request.approve", "Jonas"],
      ["revision.publish", "Jonas"],
      ["publish_request.create", "Mara"],
    ]);
    expect(items[1]?.after).toMatchObject({ requestedBy: "Mara" });
  });

  it("a token is its owner's hand", async () => {
    const row = await fleet.data.fleet.person.create({
      data: {
        id: mara.id,
        email: "mara@example.com",
        displayName: "Mara",
        roles: { create: { id: "0198f0a0-0000-7000-8000-0000000000aa", role: "publisher" } },
      },
    });
    const { token } = await fleet.cp.apiTokens.create(
      { ...mara, id: row.id },
      {
        ...{ name: "ci", scopes: ["draft.read", "revision.publish"], expiresInDays: 1 },
      },
    );
    const machine = await fleet.cp.apiTokens.authenticate(token, { ip: null, requestId: "test", userAgent: null });
    if (machine === null) throw new Error("the token is not known");
    const id = await ask(machine);
    expect((await refusalOf(fleet.cp.approvals.approve(mara, { id }))).code).toBe("forbidden");
    const own = await ask(mara);
    expect((await refusalOf(fleet.cp.approvals.approve(machine, { id: own }))).code).toBe("forbidden");
    await fleet.cp.approvals.approve(jonas, { id });
  });

  it("is void after any later edit of what was reviewed, and says so; an edit elsewhere changes nothing", async () => {
    const id = await ask(mara, { sections: ["tenants/acme"] });
    await edit("globex");
    expect(await stateOf(id)).toMatchObject({ state: "waiting", isVoid: false });
    await edit("acme");
    expect(await stateOf(id)).toMatchObject({ state: "waiting", isVoid: true });
    const before = await base();
    expect((await refusalOf(fleet.cp.approvals.approve(jonas, { id }))).message).toMatch(/no longer what would be published/);
    expect(await base()).toBe(before);
    expect(await stateOf(id)).toMatchObject({ state: "voided", isVoid: false, decidedByName: "Jonas" });
  });

  it("is void when something else went live, or nothing of it is left to publish", async () => {
    const [first, second] = [await ask(mara), await ask(jonas)];
    await fleet.cp.approvals.approve(jonas, { id: first });
    expect(await stateOf(second)).toMatchObject({ isVoid: true });
    expect((await refusalOf(fleet.cp.approvals.approve(mara, { id: second }))).code).toBe("precondition");
    expect(await stateOf(second)).toMatchObject({ state: "voided" });
  });

  it("of fifty who approve at once, one does", async () => {
    const id = await ask(mara);
    const replicas = [fleet.cp, fleet.replica()];
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => (replicas[index % 2] ?? fleet.cp).approvals.approve(person(`p-${index}`, `P${index}`), { id })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is rejected with a reason, or withdrawn by who asked", async () => {
    const [first, second] = [await ask(mara), await ask(mara)];
    expect((await refusalOf(fleet.cp.approvals.reject(jonas, { id: first, reason: "no" }))).issues[0]?.path).toBe("reason");
    await fleet.cp.approvals.reject(jonas, { id: first, reason: "The limit is too high." });
    await fleet.cp.approvals.reject(mara, { id: second, reason: "I was too early." });
    expect(await stateOf(first)).toMatchObject({ state: "rejected", reason: "The limit is too high.", decidedByName: "Jonas" });
    expect(await stateOf(second)).toMatchObject({ state: "withdrawn" });
    expect((await refusalOf(fleet.cp.approvals.approve(jonas, { id: first }))).code).toBe("precondition");
  });

  it("asks of the request what a publish asks, and again when it is approved", async () => {
    const acme = await fleet.cp.access.tenant(admin, "acme", "policy.write");
    const test = { version: null, spec: { expect: { outcome: "allow" } } };
    const id = await ask(mara);
    const { version } = await fleet.cp.objects.put(acme, "PolicyTest", "wrong", test);
    expect((await refusalOf(fleet.cp.approvals.approve(jonas, { id }))).code).toBe("unconfirmed");
    expect(await stateOf(id)).toMatchObject({ state: "waiting" });
    expect((await refusalOf(ask(mara))).code).toBe("unconfirmed");
    await fleet.cp.objects.remove(acme, "PolicyTest", "wrong", { version });
    await fleet.cp.approvals.approve(jonas, { id });
  });

  it("can be passed in an emergency, by the role that may, with word and reason, on record and with an alert", async () => {
    const input = { comment: "Outage", base: await base() };
    const glass = { confirm: "publish without approval", reason: "Payments are down, nobody else answers." };
    expect((await refusalOf(fleet.cp.approvals.submit(mara, { ...input, breakGlass: glass }))).code).toBe("forbidden");
    const wrong = await refusalOf(fleet.cp.approvals.submit(admin, { ...input, breakGlass: { ...glass, confirm: "yes" } }));
    expect(wrong).toMatchObject({ code: "unconfirmed", current: { breakGlass: "publish without approval" } });
    const { revision } = await fleet.cp.approvals.submit(admin, { ...input, breakGlass: glass });
    expect(revision).toBe((input.base ?? 0) + 1);
    const [entry] = (await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { limit: 1 })).items;
    expect(entry).toMatchObject({ action: "revision.publish", after: { withoutApproval: glass.reason } });
    const [alert] = (await fleet.cp.alerts.list(admin, { kind: "unapproved_publish" })).items;
    expect(alert).toMatchObject({ severity: "critical", status: "open" });
  });

  it("is not asked of a rollback: safety first", async () => {
    const live = (await base()) ?? 0;
    expect(await fleet.cp.revisions.rollback(mara, { to: 1, comment: "Back" })).toEqual({ revision: live + 1 });
  });

  it("switched off, a publish is one person's again", async () => {
    await setRequired(false);
    expect((await fleet.cp.approvals.submit(mara, { comment: "Alone", base: await base() })).revision).toBeGreaterThan(1);
  });
});
