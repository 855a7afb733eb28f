import { generateKeyPairSync } from "node:crypto";
import { withFleet } from "@sallyport/data";
import { openSecret } from "@sallyport/pipeline-node";
import { ENCRYPTION_KEY_TYP, INTERNAL_KEYS_SECTION, type InternalKeysSection, internalKeyPlace, internalKeysSection } from "@sallyport/snapshot";
import { CompactSign, compactDecrypt } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryOwner } from "../testing/query-owner.js";
import { refusalOf } from "../testing/refusal.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";
import { enrolmentOf, makeNodeKey, nothingYet, poll } from "../testing/test-node.js";

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await startTestFleet();
  await makeTenant(fleet.cp, "acme");
});
afterEach(() => fleet.close());

const publish = async () => fleet.cp.draft.publish(admin, { comment: "Test", base: (await fleet.cp.draft.summary(admin)).base });
const readers = () => fleet.cp.access.fleet(admin, "node.read");
const writers = () => fleet.cp.access.fleet(admin, "node.write");
const wantTokens = async () =>
  fleet.cp.objects.put(await fleet.cp.access.tenant(admin, "acme", "tenant.read"), "PropagationPolicy", "internal", {
    version: null,
    spec: { strategy: "internal_token" },
  });

async function sectionNow(): Promise<InternalKeysSection | null> {
  const row = await withFleet(fleet.data.fleet, (tx) =>
    tx.revisionGroup.findFirstOrThrow({ orderBy: { revision: "desc" }, select: { manifest: true } }),
  );
  const hash = (row.manifest as Record<string, string>)[INTERNAL_KEYS_SECTION];
  if (hash === undefined) return null;
  const { body } = await withFleet(fleet.data.fleet, (tx) => tx.section.findUniqueOrThrow({ where: { hash }, select: { body: true } }));
  return internalKeysSection.parse(body);
}

describe("keys for internal tokens", () => {
  it("are made when somebody publishes a policy that needs one, and not before; the first signs at once", async () => {
    await publish();
    expect(await sectionNow()).toBeNull();
    expect(await fleet.cp.internalKeys.published("default")).toBeNull();
    expect(await refusalOf(fleet.cp.internalKeys.rotate(await writers(), "default"))).toMatchObject({ code: "precondition" });
    await wantTokens();
    await publish();
    const section = await sectionNow();
    expect(section?.keys).toMatchObject([{ algorithm: "ES256", signFrom: 0, sealed: expect.any(String) }]);
    const published = await fleet.cp.internalKeys.published("default");
    expect(published).toMatchObject({
      maxAgeSeconds: 300,
      keys: [{ kid: section?.keys[0]?.kid, alg: "ES256", use: "sig", kty: "EC", crv: "P-256" }],
    });
    expect(JSON.stringify(published)).not.toContain('"d"');
  });

  it("reach the group's nodes together with the content key that opens them, where there is no other secret", async () => {
    await wantTokens();
    await publish();
    const section = await sectionNow();
    const key = await makeNodeKey();
    const { publicKey, privateKey } = generateKeyPairSync("x25519");
    const { kty, crv, x } = publicKey.export({ format: "jwk" });
    const encryptionKey = await new CompactSign(new TextEncoder().encode(JSON.stringify({ kty, crv, x })))
      .setProtectedHeader({ alg: "EdDSA", typ: ENCRYPTION_KEY_TYP, kid: key.publicKey.kid })
      .sign(key.privateKey);
    const { token } = await fleet.cp.joinTokens.create(admin, { group: "default", label: "edge-1" });
    const request = await enrolmentOf(key, token, Date.now(), { name: "edge-1" });
    const { nodeId } = await fleet.cp.nodeApi.enrol({ ...request, encryptionKey }, { ip: "198.51.100.7", userAgent: null, requestId: "test" });
    const answer = await poll(fleet.cp, key, nodeId, { ...nothingYet, encryptionKey });
    const [wrapped] = answer.kind === "unchanged" ? (answer.contentKeys ?? []) : [];
    expect(wrapped?.id).toBe(section?.contentKey);
    const { plaintext } = await compactDecrypt(wrapped?.jwe ?? "", privateKey);
    const [entry] = section?.keys ?? [];
    const { fleetId } = await fleet.cp.installation.facts();
    const place = internalKeyPlace({ fleet: fleetId, group: "default" }, entry?.kid ?? "");
    expect(openSecret(plaintext, place, entry?.sealed ?? "")).toContain("BEGIN PRIVATE KEY");
    expect(openSecret(plaintext, { ...place, group: "other" }, entry?.sealed ?? "")).toBeNull();
  });

  it("stay the same from publish to publish", async () => {
    await wantTokens();
    await publish();
    const first = await sectionNow();
    await makeTenant(fleet.cp, "globex");
    await publish();
    expect(await sectionNow()).toEqual(first);
  });

  it("rotate with overlap: the next is published at once, signs after twice the max-age, and the last then only verifies until its tokens are past", async () => {
    await wantTokens();
    await publish();
    const [first] = (await sectionNow())?.keys ?? [];
    const rows = await fleet.cp.internalKeys.rotate(await writers(), "default");
    expect(rows.map(({ state }) => state)).toEqual(["next", "signing"]);
    const rotated = await sectionNow();
    expect(rotated?.keys).toMatchObject([
      { signFrom: expect.any(Number), sealed: expect.any(String) },
      { kid: first?.kid, sealed: first?.sealed },
    ]);
    const wait = (rotated?.keys[0]?.signFrom ?? 0) - Math.floor(fleet.clock.now() / 1_000);
    expect(wait).toBeGreaterThan(595);
    expect(wait).toBeLessThanOrEqual(600);

    fleet.clock.advance(601_000);
    expect((await fleet.cp.internalKeys.list(await readers(), "default")).map(({ state }) => state)).toEqual(["signing", "retired"]);
    await makeTenant(fleet.cp, "globex");
    await publish();
    expect((await sectionNow())?.keys).toMatchObject([{ kid: rotated?.keys[0]?.kid }, { kid: first?.kid, sealed: null }]);

    fleet.clock.advance(361_000);
    expect((await fleet.cp.internalKeys.published("default"))?.keys, "without a revision too").toHaveLength(1);
    await makeTenant(fleet.cp, "initech");
    await publish();
    expect((await sectionNow())?.keys.map(({ kid }) => kid)).toEqual([rotated?.keys[0]?.kid]);
  });

  it("that wait give way to another rotation, but for the one that begins first: the present key ends, however often one rotates", async () => {
    await wantTokens();
    await publish();
    const [present] = (await sectionNow())?.keys ?? [];
    await fleet.cp.internalKeys.rotate(await writers(), "default");
    const [first] = (await sectionNow())?.keys ?? [];
    for (let rotations = 0; rotations < 3; rotations += 1) {
      fleet.clock.advance(150_000);
      await fleet.cp.internalKeys.rotate(await writers(), "default");
      expect((await sectionNow())?.keys).toMatchObject([{}, { kid: first?.kid }, { kid: present?.kid }]);
    }
    fleet.clock.advance(151_000);
    expect((await fleet.cp.internalKeys.list(await readers(), "default")).map(({ kid, state }) => [kid === first?.kid, state])).toEqual([
      [false, "next"],
      [true, "signing"],
      [false, "retired"],
    ]);
  });

  it("do not pile up when a rotation follows each beginning", async () => {
    await wantTokens();
    await publish();
    for (let rotations = 0; rotations < 12; rotations += 1) {
      await fleet.cp.internalKeys.rotate(await writers(), "default");
      fleet.clock.advance(660_000);
    }
    await fleet.cp.internalKeys.rotate(await writers(), "default");
    expect((await sectionNow())?.keys.length).toBeLessThanOrEqual(4);
  }, 30_000);

  it("are rotated by those who may change the fleet, on record, and the private halves are nowhere in the clear", async () => {
    await wantTokens();
    await publish();
    await expect(fleet.cp.access.fleet(actorOf("viewer"), "node.write")).rejects.toMatchObject({ code: "forbidden" });
    await fleet.cp.internalKeys.rotate(await writers(), "default");
    const audit = await queryOwner(fleet, "select action, target_name, after::text from audit_record where action = 'internal_key.rotate'");
    expect(audit).toHaveLength(1);
    for (const table of ["internal_key", "section", "audit_record", "revision_group"]) {
      const text = JSON.stringify(await queryOwner(fleet, `select t::text from ${table} t`));
      expect(text).not.toContain("PRIVATE KEY");
      expect(text).not.toContain(Buffer.from("PRIVATE KEY").toString("hex"));
    }
  });
});
