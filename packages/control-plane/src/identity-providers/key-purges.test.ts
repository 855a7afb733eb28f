import { withFleet } from "@sallyport/data";
import { KEY_PURGES_SECTION, type Manifest, SEED_KEYS_SECTION, section } from "@sallyport/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

const JWK = {
  kty: "EC",
  crv: "P-256",
  kid: "stolen",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
  await withFleet(fleet.data.fleet, (tx) =>
    tx.identityProvider.updateMany({
      where: { tenant: { slug: "acme" } },
      data: { lastKeys: { fetchedAt: new Date(fleet.clock.now()).toISOString(), jwks: { keys: [JWK] } } },
    }),
  );
  await fleet.cp.draft.publish(admin, { comment: "Test", base: (await fleet.cp.draft.summary(admin)).base });
});
afterEach(() => fleet.close());

const scopeOf = (slug: string, actor = admin) => fleet.cp.access.tenant(actor, slug, "tenant.read");
const live = async () => (await fleet.cp.draft.summary(admin)).base;

/** A section of what the newest revision sends. */
async function sent(name: string): Promise<unknown> {
  return withFleet(fleet.data.fleet, async (tx) => {
    const row = await tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" }, select: { manifest: true } });
    const hash = (row.manifest as Manifest)[name];
    if (hash === undefined) return null;
    return section.parse((await tx.section.findUniqueOrThrow({ where: { hash }, select: { body: true } })).body);
  });
}

describe("a purge of an identity provider's keys", () => {
  it("goes to the nodes at once, by a revision with the same declared content, and takes the seeds with it", async () => {
    expect(await sent(KEY_PURGES_SECTION)).toBeNull();
    expect(JSON.stringify(await sent(SEED_KEYS_SECTION))).toContain("stolen");
    await fleet.cp.identityProviders.purgeKeys(await scopeOf("acme"), { name: "main" });
    expect(await live()).toBe(2);
    const { reissueOf, comment } = await withFleet(fleet.data.fleet, (tx) => tx.revision.findUniqueOrThrow({ where: { number: 2 } }));
    expect({ reissueOf, comment }).toEqual({ reissueOf: 1, comment: "Keys of acme/main are forgotten and fetched anew" });
    const at = new Date(fleet.clock.now()).toISOString().slice(0, 16);
    expect(await sent(KEY_PURGES_SECTION)).toEqual({ kind: "key-purges", purgedAt: { acme: { main: expect.stringContaining(at) } } });
    expect(JSON.stringify(await sent(SEED_KEYS_SECTION))).not.toContain("stolen");
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), {});
    expect(items).toContainEqual(expect.objectContaining({ action: "identity_provider.purge_keys", targetName: "main", tenant: "acme" }));
  });

  it("stands in every revision after it, and a second one goes out as well", async () => {
    await fleet.cp.identityProviders.purgeKeys(await scopeOf("acme"), { name: "main" });
    const first = await sent(KEY_PURGES_SECTION);
    await makeTenant(fleet.cp, "initech");
    await fleet.cp.draft.publish(admin, { comment: "Another", base: (await fleet.cp.draft.summary(admin)).base });
    expect(await sent(KEY_PURGES_SECTION)).toEqual(first);
    fleet.clock.advance(1_000);
    await fleet.cp.identityProviders.purgeKeys(await scopeOf("acme"), { name: "main" });
    expect(await live()).toBe(4);
    expect(await sent(KEY_PURGES_SECTION)).not.toEqual(first);
  });

  it("is refused to who may not, and for a name that nobody has; neither makes a revision", async () => {
    const viewer = actorOf("viewer");
    expect((await refusalOf(fleet.cp.identityProviders.purgeKeys(await scopeOf("acme", viewer), { name: "main" }))).code).toBe("forbidden");
    expect((await refusalOf(fleet.cp.identityProviders.purgeKeys(await scopeOf("globex"), { name: "other" }))).code).toBe("not_found");
    expect(await live()).toBe(1);
  });
});
