import { withFleet } from "@sallyport/data";
import { manifest, revisionEnvelope } from "@sallyport/snapshot";
import { compactVerify, importJWK } from "jose";
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
    expect((await failure(fleet.cp.draft.publish(actorOf("operator"), { comment: "x", base: 1 }))).code).toBe("forbidden");
  });
});
