import { createHash } from "node:crypto";
import { contentKeyId, openSecret, sha256Hex } from "@sallyport/pipeline-node";
import {
  ENVELOPE_TYP,
  installationHash,
  revisionEnvelope,
  rootHash,
  SECRETS_SECTION,
  type Section,
  section,
  sectionHash,
  tenantSectionName,
} from "@sallyport/snapshot";
import { type BundleHeader, bundleEnd, bundleHeader } from "@sallyport/snapshot/protocol";
import { compactDecrypt, compactVerify, importJWK } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.js";
import { joinSecretNode } from "../testing/secret-node.js";
import { actorOf, admin, makeTenant, startTestFleet, type TestFleet } from "../testing/test-fleet.js";

interface ReadBundle {
  readonly header: BundleHeader;
  readonly sections: ReadonlyMap<string, Section>;
  readonly envelope: ReturnType<typeof revisionEnvelope.parse>;
}

/** Takes a bundle apart, and proves every part of it. */
async function readBundle(text: string): Promise<ReadBundle> {
  const body = text.slice(0, text.lastIndexOf("sha256 "));
  expect(text.slice(body.length)).toBe(bundleEnd(createHash("sha256").update(body).digest("hex")));
  const [first = "", ...lines] = body.trimEnd().split("\n");
  const header = bundleHeader.parse(JSON.parse(first));
  const sections = new Map(lines.map((line) => [line.slice(0, line.indexOf(" ")), section.parse(JSON.parse(line.slice(line.indexOf(" ") + 1)))]));
  expect(Object.fromEntries([...sections].map(([name, value]) => [name, sectionHash(value, sha256Hex)]))).toEqual(header.manifest);
  const [key] = header.trustedKeys;
  if (key === undefined) throw new Error("the bundle has no key");
  const { payload, protectedHeader } = await compactVerify(header.envelope, await importJWK(key, "EdDSA"), { algorithms: ["EdDSA"] });
  expect(protectedHeader.typ).toBe(ENVELOPE_TYP);
  const envelope = revisionEnvelope.parse(JSON.parse(new TextDecoder().decode(payload)));
  expect([envelope.rootHash, envelope.installationHash]).toEqual([
    rootHash(header.manifest, sha256Hex),
    installationHash(header.manifest, sha256Hex),
  ]);
  return { header, sections, envelope };
}

describe("a bundle", () => {
  let fleet: TestFleet;
  let published = 0;
  beforeAll(async () => {
    fleet = await startTestFleet();
    await makeTenant(fleet.cp, "acme");
    await makeTenant(fleet.cp, "globex");
  });
  afterAll(() => fleet.close());

  const make = (more: { group?: string; revision?: number; node?: string } = {}) => fleet.cp.bundles.make(admin, { group: "default", ...more });
  /** A change to publish. */
  const move = async (slug: string, url: string): Promise<void> => {
    const scope = await fleet.cp.access.tenant(admin, slug, "route.write");
    const { version, spec } = await fleet.cp.objects.get(scope, "Upstream", "backend");
    await fleet.cp.objects.put(scope, "Upstream", "backend", { version, spec: { ...spec, url } });
  };
  const publish = async (comment: string): Promise<number> => {
    published = (await fleet.cp.draft.publish(admin, { comment, base: (await fleet.cp.draft.summary(admin)).base })).revision;
    return published;
  };

  it("needs a revision, a group, and the permission to bring nodes in", async () => {
    expect(await refusalOf(make())).toMatchObject({ code: "precondition", message: expect.stringContaining("Nothing has been published yet") });
    await publish("First");
    expect(await refusalOf(make({ group: "nowhere" }))).toMatchObject({ code: "invalid", issues: [{ path: "group" }] });
    expect(await refusalOf(make({ node: "nobody" }))).toMatchObject({ code: "invalid", issues: [{ path: "node" }] });
    expect(await refusalOf(make({ revision: 9_999 }))).toMatchObject({ code: "invalid", issues: [{ path: "revision" }] });
    for (const role of ["viewer", "security_reviewer"] as const)
      expect((await refusalOf(fleet.cp.bundles.make(actorOf(role), { group: "default" }))).code).toBe("forbidden");
  });

  it("proves itself by the installation's key alone, and is on record", async () => {
    const made = await make();
    const { envelope, header, sections } = await readBundle(made.bundle);
    const { kid } = await fleet.cp.keys.active();
    expect(made).toMatchObject({ group: "default", revision: published, current: published, node: null, isSealed: false, signedBy: kid });
    expect(envelope).toMatchObject({ group: "default", revision: published, epoch: 1 });
    expect(header).toMatchObject({ recipient: null, trustedKeys: [{ kid }] });
    expect([...sections.keys()]).toEqual(expect.arrayContaining(["fleet", tenantSectionName("acme"), tenantSectionName("globex")]));
    const { items } = await fleet.cp.audit.list(await fleet.cp.access.fleet(admin, "audit.read"), { action: "bundle.create" });
    expect(items).toMatchObject([{ targetKind: "NodeGroup", targetName: "default", after: { revision: published, node: null } }]);
  });

  it("has the group's tenants only, also for a group that is younger than the revision, and no older one for that", async () => {
    const before = published;
    await move("globex", "http://second.internal:8080");
    await publish("Second");
    const scope = await fleet.cp.access.fleet(admin, "node.write");
    await fleet.cp.groups.put(scope, "edge-eu", { version: null, spec: { displayName: "EU", tenants: ["acme"] } });
    const { envelope, sections } = await readBundle((await make({ group: "edge-eu" })).bundle);
    expect(envelope).toMatchObject({ group: "edge-eu", revision: published });
    expect([sections.has(tenantSectionName("acme")), sections.has(tenantSectionName("globex"))]).toEqual([true, false]);
    expect((await refusalOf(make({ group: "edge-eu", revision: before }))).message).toContain("was never made for the group edge-eu");
    expect(await make({ revision: before })).toMatchObject({ revision: before, current: published });
  });

  it("has secrets sealed, with the key for one enrolled node where it is asked for, and for none that was revoked", async () => {
    const node = await joinSecretNode(fleet.cp, "edge-1");
    await joinSecretNode(fleet.cp, "edge-2");
    await joinSecretNode(fleet.cp, "mute", { stated: false });
    const acme = await fleet.cp.access.tenant(admin, "acme", "tenant.read");
    await fleet.cp.objects.put(acme, "Secret", "okta", { spec: {}, version: null });
    await fleet.cp.secrets.set(acme, "okta", { value: "canary-s3cr3t" });
    await publish("A secret");

    const open = await make();
    expect(open).toMatchObject({ isSealed: true, node: null });
    expect((await readBundle(open.bundle)).header.recipient).toBeNull();
    expect(open.bundle).not.toContain("canary-s3cr3t");

    const { header, sections, envelope } = await readBundle((await make({ node: "edge-1" })).bundle);
    expect(header.recipient).toMatchObject({ node: node.id });
    const { plaintext } = await compactDecrypt(header.recipient?.contentKey?.jwe ?? "", node.privateKey);
    const secrets = sections.get(SECRETS_SECTION);
    if (secrets?.kind !== "secrets") throw new Error("the bundle has no secrets");
    expect([contentKeyId(plaintext), header.recipient?.contentKey?.id]).toEqual([secrets.contentKey, secrets.contentKey]);
    const item = secrets.items["acme/okta"];
    const place = { fleet: envelope.fleet, group: "default", tenant: "acme", name: "okta", version: item?.version ?? 0 };
    expect(openSecret(plaintext, place, item?.sealed ?? "")).toBe("canary-s3cr3t");

    expect(await refusalOf(make({ node: "mute" }))).toMatchObject({ code: "precondition", message: expect.stringContaining("has not told a key") });
    const sealed = published;
    await fleet.cp.nodes.revoke(admin, { name: "edge-1" });
    expect((await refusalOf(make({ node: "edge-1" }))).code).toBe("invalid");
    // The key of the revision before went with the node; the newest has another one.
    expect(await refusalOf(make({ node: "edge-2", revision: sealed }))).toMatchObject({ code: "precondition" });
    expect(await make({ node: "edge-2" })).toMatchObject({ node: "edge-2", isSealed: true });
  });

  it("has what is revoked, and during a rollout the content that a node which joins now would get", async () => {
    const acme = await fleet.cp.access.tenant(admin, "acme", "revocation.write");
    await fleet.cp.revocations.suspend(acme, { reason: "Contract ended" });
    const { sections } = await readBundle((await make()).bundle);
    expect(sections.get("installation/revocations/acme")).toMatchObject({ suspended: true });
    await move("globex", "http://third.internal:8080");
    const { base } = await fleet.cp.draft.summary(admin);
    const rollout = { stages: [{ nodes: ["edge-2"], soakSeconds: 600 }] };
    const { revision } = await fleet.cp.draft.publish(admin, { comment: "Staged", base, sections: ["tenants/globex"], rollout });
    const made = await make();
    expect(made.revision).toBeLessThan(revision);
    const held = (await readBundle(made.bundle)).sections.get(tenantSectionName("globex"));
    expect(JSON.stringify(held)).toContain("second.internal");
  });
});
