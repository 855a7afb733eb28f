import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentKeyId } from "@sallyport/pipeline-node";
import type { SecretsSection } from "@sallyport/snapshot";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { keptText } from "../testing/kept-on-disk.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

const CANARY = "canary-c1i3nt-s3cr3t";

let upstream: EchoUpstream;
let plane: TestControlPlane;
let node: RunningGateway;
let dataDir: string;

const acme = () => tenantOf({ slug: "acme", upstream: upstream.url, rest: { secrets: { okta: {} } } });
const globex = () => tenantOf({ slug: "globex", upstream: upstream.url, rest: { secrets: { okta: {} } } });
const publish = (secrets: SecretsSection) => plane.publish([fleetOf(), acme(), globex(), secrets]);
const acked = (revision: number) =>
  eventually(`revision ${revision} is acknowledged`, () => plane.reports.some((report) => report.outcome === "ack" && report.revision === revision));
const problem = (part: RegExp) => eventually("the problem is told", () => plane.beats.at(-1)?.problems.some((sentence) => part.test(sentence)));
const noProblem = () => eventually("no problem is told", () => plane.beats.at(-1)?.problems.length === 0);

beforeAll(async () => {
  upstream = await startEchoUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder()]);
});
afterEach(async () => {
  await node.close();
  await plane.down();
  await removeFolder(dataDir);
});

const start = async (more: { joinToken?: null } = {}): Promise<void> => {
  node = await startGateway(plane, { dataDir, ...more });
  await ready(node);
};

describe("secrets at a node", () => {
  it("open for their own tenant and name, and the key is there before the revision that needs it", async () => {
    await publish(plane.sealing.section(randomBytes(32), { "acme/okta": CANARY, "globex/okta": "another" }));
    await start();
    await acked(1);
    const { secrets } = node.gateway;
    expect(secrets.secretOf("acme", "okta")).toBe(CANARY);
    expect(secrets.secretOf("globex", "okta")).toBe("another");
    for (const [tenant, name] of [
      ["acme", "other"],
      ["nobody", "okta"],
      ["acme/okta", ""],
      ["__proto__", "x"],
    ] as const)
      expect(secrets.secretOf(tenant, name)).toBeNull();
    const polls = plane.polls.map(({ revision, contentKeys }) => [revision, contentKeys?.length]);
    expect(polls.slice(0, 2)).toEqual([
      [null, 0],
      [null, 1],
    ]);
    await noProblem();
  });

  it("are on disk encrypted only, in files of the owner's, and are there after a restart without the control plane", async () => {
    await publish(plane.sealing.section(randomBytes(32), { "acme/okta": CANARY }));
    await start();
    await acked(1);
    await eventually("it is on disk", async () => (await readdir(dataDir)).includes("last-good.sealed"));
    await node.close();
    await plane.down();
    const [contentKey] = plane.sealing.keys.values();
    for (const name of await readdir(dataDir, { recursive: true })) {
      const path = join(dataDir, name);
      if (!(await stat(path)).isFile()) continue;
      const bytes = await readFile(path);
      expect(bytes.includes(CANARY), name).toBe(false);
      for (const coding of ["base64", "base64url", "hex"] as const) {
        expect(bytes.includes(Buffer.from(CANARY).toString(coding)), `${name} in ${coding}`).toBe(false);
        expect(bytes.includes(contentKey?.toString(coding) ?? ""), `${name} has the content key in ${coding}`).toBe(false);
      }
      expect((await stat(path)).mode & 0o077, name).toBe(0);
    }
    // Nor for who has the storage key.
    const text = await keptText(dataDir);
    expect(text).toContain("acme/okta");
    expect(text).not.toContain(CANARY);
    await start({ joinToken: null });
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBe(CANARY);
    expect(node.gateway.readiness().ready).toBe(true);
  });

  it("change with the next revision, and a renewed content key opens what is sent from then on; the old one opens none of it", async () => {
    const [old, renewed] = [randomBytes(32), randomBytes(32)];
    await publish(plane.sealing.section(old, { "acme/okta": "first" }));
    await start();
    await acked(1);
    await publish(plane.sealing.section(old, { "acme/okta": "second" }));
    await acked(2);
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBe("second");
    plane.sealing.keys.delete(contentKeyId(old));
    await publish(plane.sealing.section(renewed, { "acme/okta": "third" }));
    await acked(3);
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBe("third");
    expect(plane.polls.find(({ revision, contentKeys }) => revision === 2 && contentKeys?.length === 2)).toBeDefined();
  });

  it("that cannot be opened leave the revision running, are refused and told, until the key arrives", async () => {
    const key = randomBytes(32);
    const section = plane.sealing.section(key, { "acme/okta": CANARY });
    plane.sealing.keys.clear();
    await publish(section);
    await start();
    await acked(1);
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBeNull();
    expect((await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/open`)).status).toBe(200);
    await problem(/key to the tenants' secrets has not arrived/);
    plane.sealing.keys.set(contentKeyId(key), key);
    await publish(section);
    await acked(2);
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBe(CANARY);
    await noProblem();
  });

  it.each([
    ["another key than its id commits to", true],
    ["a JWE that was changed on its way", false],
  ])("do not open with %s; the node is not sent it again and again", async (_name, other) => {
    const section = plane.sealing.section(randomBytes(32), { "acme/okta": CANARY });
    if (other) plane.sealing.keys.set(section.contentKey, randomBytes(32));
    else plane.sealing.tamper = (wrapped) => ({ ...wrapped, jwe: `${wrapped.jwe.slice(0, -4)}AAAA` });
    await publish(section);
    await start();
    await acked(1);
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBeNull();
    await problem(/key to the tenants' secrets/);
    expect(plane.polls.filter(({ contentKeys }) => contentKeys?.length === 0)).toHaveLength(1);
  });

  it("that were swapped between tenants or sealed for another group do not open, and the node says so", async () => {
    const key = randomBytes(32);
    const section = plane.sealing.section(key, { "acme/okta": CANARY, "globex/okta": "another" });
    const swapped = { "acme/okta": section.items["globex/okta"], "globex/okta": section.items["acme/okta"] };
    await publish({ ...section, items: swapped as SecretsSection["items"] });
    await start();
    await acked(1);
    expect([node.gateway.secrets.secretOf("acme", "okta"), node.gateway.secrets.secretOf("globex", "okta")]).toEqual([null, null]);
    await problem(/the secret globex\/okta does not open/);
    await publish(plane.sealing.section(key, { "acme/okta": CANARY }, "another-group"));
    await acked(2);
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBeNull();
  });

  it("are refused with the whole revision when the section is not what was signed", async () => {
    await publish(plane.sealing.section(randomBytes(32), { "acme/okta": "first" }));
    await start();
    await acked(1);
    plane.tamper = (delivery) => ({
      ...delivery,
      changed: { ...delivery.changed, "installation/secrets": plane.sealing.section(randomBytes(32), { "acme/okta": "evil" }) },
    });
    await publish(plane.sealing.section(randomBytes(32), { "acme/okta": "second" }));
    const nack = await eventually("a nack", () => plane.reports.find((report) => report.outcome === "nack"));
    // With a manifest of its own making the node knows that something is not what was signed, and not which of what came.
    expect(nack).toMatchObject({ errors: [{ code: "hash_mismatch" }] });
    expect(node.gateway.secrets.secretOf("acme", "okta")).toBe("first");
  });

  it("come back to a node that lost its key or was enrolled before it had one: it states what it decrypts with in every poll", async () => {
    await publish(plane.sealing.section(randomBytes(32), { "acme/okta": CANARY }));
    await start();
    await acked(1);
    const before = plane.polls.at(-1)?.encryptionKey;
    await node.close();
    await rm(join(dataDir, "encryption-key.json"));
    await start({ joinToken: null });
    await eventually("the secret is back", () => node.gateway.secrets.secretOf("acme", "okta") === CANARY);
    const after = plane.polls.at(-1)?.encryptionKey;
    expect(after).not.toBe(before);
    await node.close();
    await writeFile(join(dataDir, "encryption-key.json"), '{"kty":"OKP","crv":"X25519","x":"torn');
    await writeFile(join(dataDir, "content-keys.json"), "{");
    await start({ joinToken: null });
    await eventually("the secret is back", () => node.gateway.secrets.secretOf("acme", "okta") === CANARY);
    expect(plane.enrolments).toBe(1);
  });
});
