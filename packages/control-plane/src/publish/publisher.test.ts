import { createDataClients, withFleet } from "@sallyport/data";
import { manifest, revisionEnvelope, type TenantSection } from "@sallyport/snapshot";
import { compactVerify, decodeJwt, importJWK } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ServiceError } from "../errors.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { installationHashOf, rootHashOf } from "./manifest.js";

const failure = async (work: Promise<unknown>): Promise<ServiceError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
};

describe("publishing", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startTestFleet();
    await makeTenant(fleet.cp, "acme");
  });
  afterAll(() => fleet.close());

  it("signs an envelope whose hashes are those of the manifest, with a key that is trusted", async () => {
    const { revision } = await fleet.cp.draft.publish(admin, { comment: "First light", base: null });
    expect(revision).toBe(1);
    const row = await withFleet(fleet.data.fleet, (tx) => tx.revisionGroup.findFirstOrThrow({ where: { revision } }));
    const [key] = await fleet.cp.keys.trusted();
    expect(key).toBeDefined();
    if (key === undefined) return;
    const { payload, protectedHeader } = await compactVerify(row.envelope, await importJWK({ ...key }, "EdDSA"));
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "sallyport-revision+jws", kid: key.kid });
    const envelope = revisionEnvelope.parse(JSON.parse(new TextDecoder().decode(payload)));
    const content = manifest.parse(row.manifest);
    expect(envelope).toMatchObject({ revision: 1, parent: 0, epoch: 1, group: "default", empty: false, trustedKeys: [key.kid] });
    expect(envelope.rootHash).toBe(rootHashOf(content));
    expect(envelope.installationHash).toBe(installationHashOf(content));
    expect(Object.keys(content).sort()).toEqual(["fleet", "installation/seed-keys", "tenants/acme"]);
  });

  it("is refused when nothing differs", async () => {
    expect((await failure(fleet.cp.draft.publish(admin, { comment: "again", base: 1 }))).code).toBe("precondition");
  });

  it("needs a comment, and the permission", async () => {
    expect((await failure(fleet.cp.draft.publish(admin, { comment: "  ", base: 1 }))).issues[0]?.path).toBe("comment");
    expect((await failure(fleet.cp.draft.publish(actorOf("operator"), { comment: "x", base: 1 }))).code).toBe("not_found");
  });
});

/** A row-level fault that the database itself raises, just before the transaction would commit. */
async function withFault(fleet: TestFleet, work: () => Promise<void>): Promise<void> {
  const owner = createDataClients({ appUrl: fleet.database.ownerUrl, fleetUrl: fleet.database.ownerUrl });
  await owner.fleet.$executeRaw`create function fault() returns trigger language plpgsql as $$ begin raise exception 'fault'; end $$`;
  await owner.fleet.$executeRaw`
    create trigger fault before insert on audit_record for each row when (new.action like 'revision.%') execute function fault()`;
  try {
    await work();
  } finally {
    await owner.fleet.$executeRaw`drop function fault cascade`;
    await owner.close();
  }
}

describe("publishers at the same time", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startTestFleet();
    await makeTenant(fleet.cp, "acme");
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
  });
  afterAll(() => fleet.close());

  const numbers = async () => {
    const rows = await withFleet(fleet.data.fleet, (tx) =>
      tx.revision.findMany({ orderBy: { number: "asc" }, select: { number: true, parent: true } }),
    );
    return rows.map(({ number, parent }) => [number, parent]);
  };

  it("of fifty that publish on one base, one wins, all others get the conflict with what is live now", async () => {
    await makeTenant(fleet.cp, "globex");
    const replicas = [fleet.cp, fleet.replica(), fleet.replica()];
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) => replicas[index % 3]?.draft.publish(admin, { comment: `publisher ${index}`, base: 1 })),
    );
    expect(results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))).toEqual([{ revision: 2 }]);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason as ServiceError] : []));
    expect(refused).toHaveLength(49);
    for (const error of refused) expect(error).toMatchObject({ code: "conflict", current: { live: 2 } });
  });

  it("fifty that each publish what they have, retrying on conflict, leave numbers without a gap and lose nothing", async () => {
    const replicas = [fleet.cp, fleet.replica(), fleet.replica()];
    const scope = await fleet.cp.access.tenant(admin, "acme", "route.write");
    const publishers = Array.from({ length: 50 }, async (_, index) => {
      const cp = replicas[index % 3] ?? fleet.cp;
      await cp.objects.put(scope, "Upstream", `u-${index}`, { version: null, spec: { url: `http://u-${index}.internal` } });
      for (;;) {
        const { base, unpublished } = await cp.draft.summary(admin);
        // Somebody else's publish took this edit along.
        if (unpublished === 0) return;
        const published = await cp.draft.publish(admin, { comment: `edit ${index}`, base }).then(
          () => true,
          (error: ServiceError) => {
            if (error.code === "conflict" || error.code === "precondition") return false;
            throw error;
          },
        );
        if (published) return;
      }
    });
    await Promise.all(publishers);
    const all = await numbers();
    expect(all).toEqual(all.map((_, index) => [index + 1, index]));
    expect(all.length).toBeGreaterThan(2);
    expect(await fleet.cp.draft.summary(admin)).toMatchObject({ base: all.length, unpublished: 0 });
    const section = await fleet.cp.revisions.section(admin, { number: all.length, section: "tenants/acme" });
    expect(Object.keys((section.body as TenantSection).upstreams)).toHaveLength(51);
  }, 30_000);

  it("leaves nothing behind when something fails before the commit, and the next one gets the number", async () => {
    const before = await numbers();
    await makeTenant(fleet.cp, "hooli");
    await withFault(fleet, async () => {
      await expect(fleet.cp.draft.publish(admin, { comment: "fails", base: before.length })).rejects.toThrow();
      expect(await numbers()).toEqual(before);
      const { unpublished } = await fleet.cp.draft.summary(admin);
      expect(unpublished).toBe(1);
    });
    expect(await fleet.cp.draft.publish(admin, { comment: "holds", base: before.length })).toEqual({ revision: before.length + 1 });
    const audited = await withFleet(fleet.data.fleet, (tx) => tx.auditRecord.count({ where: { action: "revision.publish" } }));
    expect(audited).toBe(before.length + 1);
  });
});

describe("rolling back", () => {
  let fleet: TestFleet;
  beforeAll(async () => {
    fleet = await startTestFleet();
    await makeTenant(fleet.cp, "acme");
    await fleet.cp.draft.publish(admin, { comment: "First", base: null });
    await makeTenant(fleet.cp, "globex");
    await fleet.cp.draft.publish(admin, { comment: "globex", base: 1 });
  });
  afterAll(() => fleet.close());

  it("makes a new revision with the old root hash, and leaves the draft as it is", async () => {
    const rootHash = async (number: number) => (await fleet.cp.revisions.get(admin, number)).rootHash;
    expect(await fleet.cp.revisions.rollback(admin, { to: 1, comment: "globex was too early" })).toEqual({ revision: 3 });
    expect(await rootHash(3)).toBe(await rootHash(1));
    expect(await fleet.cp.revisions.get(admin, 3)).toMatchObject({ rolledBackFrom: 1, parent: 2, epoch: 1, state: "live" });
    expect(await fleet.cp.draft.summary(admin)).toEqual({ base: 3, unpublished: 1, tenants: ["globex"] });
    expect((await fleet.cp.revisions.list(admin)).items.map(({ number, state }) => `${number} ${state}`)).toEqual([
      "3 live",
      "2 superseded",
      "1 superseded",
    ]);
  });

  it("is refused where nothing would change, for what is not there, and to those who may not", async () => {
    expect((await failure(fleet.cp.revisions.rollback(admin, { to: 1, comment: "again" }))).code).toBe("precondition");
    expect((await failure(fleet.cp.revisions.rollback(admin, { to: 9, comment: "?" }))).code).toBe("not_found");
    expect((await failure(fleet.cp.revisions.rollback(actorOf("operator"), { to: 2, comment: "?" }))).code).toBe("not_found");
  });

  it("of the same configuration has the same section hashes in another installation", async () => {
    const other = await startTestFleet();
    await makeTenant(other.cp, "acme");
    await other.cp.draft.publish(admin, { comment: "Elsewhere", base: null });
    const hash = async ({ cp }: TestFleet, number: number) => (await cp.revisions.section(admin, { number, section: "tenants/acme" })).hash;
    expect(await hash(other, 1)).toBe(await hash(fleet, 3));
    await other.close();
  });

  it("does not leave the nodes without any tenant by accident", async () => {
    const scope = await fleet.cp.access.fleet(admin, "tenant.delete");
    for (const slug of ["acme", "globex"]) await fleet.cp.tenants.remove(scope, { slug, confirm: slug });
    expect((await failure(fleet.cp.draft.publish(admin, { comment: "oops", base: 3 }))).code).toBe("precondition");
    expect(await fleet.cp.draft.publish(admin, { comment: "Meant", base: 3, allowEmpty: true })).toEqual({ revision: 4 });
    const served = await withFleet(fleet.data.fleet, (tx) => tx.revisionGroup.findFirstOrThrow({ where: { revision: 4 } }));
    expect(decodeJwt(served.envelope)).toMatchObject({ empty: true });
  });
});
