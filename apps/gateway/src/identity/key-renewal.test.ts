import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentKeyId } from "@sallyport/pipeline-node";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { renewalAge } from "./key-renewal.js";
import { loadNodeKey } from "./node-key.js";

const DAY_MS = 86_400_000;
const CANARY = "canary-renewed";

let plane: TestControlPlane;
let node: RunningGateway | null;
let dataDir: string;
let contentKey: Buffer;

const start = async (joinToken: string | null = null): Promise<void> => {
  node = await startGateway(plane, { dataDir, joinToken });
  await ready(node);
};
const restart = async (): Promise<void> => {
  await node?.close();
  await start();
};
const publish = (key: Buffer) =>
  plane.publish([
    fleetOf(),
    tenantOf({ slug: "acme", upstream: "http://127.0.0.1:9", rest: { secrets: { okta: {} } } }),
    plane.sealing.section(key, { "acme/okta": CANARY }),
  ]);
const kidOnDisk = async (): Promise<string> => (await loadNodeKey(dataDir)).publicJwk.kid;
const identityKid = async (): Promise<string> => (JSON.parse(await readFile(join(dataDir, "identity.json"), "utf8")) as { kid: string }).kid;
const polled = () => plane.polls.at(-1);
const renewed = (times = 1) =>
  eventually(`${times} renewals came out, and the node uses the new key`, async () => {
    if (plane.renewals < times) return false;
    return plane.calledBy.at(-1) === (await kidOnDisk()) && !(await readdir(dataDir)).includes("next-keys.json");
  });
const problems = () => plane.beats.at(-1)?.problems ?? [];

beforeEach(async () => {
  [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder()]);
  contentKey = randomBytes(32);
  await publish(contentKey);
});
afterEach(async () => {
  await node?.close();
  node = null;
  await plane.down();
  await removeFolder(dataDir);
});

describe("a node renews its keys", () => {
  it("when they are old, by itself, and keeps on serving, polling and opening its secrets", async () => {
    await start(plane.joinToken());
    const first = await kidOnDisk();
    await node?.close();
    const old = new Date(Date.now() - 31 * DAY_MS);
    await utimes(join(dataDir, "node-key.json"), old, old);
    await start();
    await renewed();
    expect(await kidOnDisk()).not.toBe(first);
    expect(await identityKid()).toBe(await kidOnDisk());
    expect(node?.gateway.secrets.secretOf("acme", "okta")).toBe(CANARY);
    // A renewed key is young: the next start renews nothing.
    await restart();
    await eventually("it has polled", () => plane.calledBy.at(-1) !== first);
    expect(plane.renewals).toBe(1);
    expect(plane.enrolments).toBe(1);
  });

  it("when it is asked to, once for each time, and states its new encryption key signed with its new key", async () => {
    await start(plane.joinToken());
    const first = polled()?.encryptionKey ?? "";
    plane.asksToRenew = true;
    await renewed();
    plane.asksToRenew = false;
    await publish(contentKey);
    await eventually("the node states another key", () => polled()?.encryptionKey !== first);
    const stated = polled()?.encryptionKey ?? "";
    expect(decodeJwt(stated).x).not.toBe(decodeJwt(first).x);
    expect(decodeProtectedHeader(stated).kid).toBe(await kidOnDisk());
    expect(plane.renewals).toBe(1);
  });

  it("and has its content key encrypted anew to the new key, so that the old one opens nothing that is on its disk in the end", async () => {
    await start(plane.joinToken());
    plane.asksToRenew = true;
    await renewed();
    plane.asksToRenew = false;
    const before = JSON.parse(await readFile(join(dataDir, "content-keys.json"), "utf8")) as { keys: { jwe: string }[] };
    // A change ends the poll that waits.
    await publish(contentKey);
    await eventually("it is there anew", async () => {
      const now = JSON.parse(await readFile(join(dataDir, "content-keys.json"), "utf8")) as { keys: { id: string; jwe: string }[] };
      return now.keys.length === 1 && now.keys[0]?.id === contentKeyId(contentKey) && now.keys[0].jwe !== before.keys[0]?.jwe;
    });
    await node?.close();
    await plane.down();
    await rm(join(dataDir, "previous-keys.json"));
    // Without its control plane: from the sealed last good revision and the content key on its disk.
    await start();
    expect(node?.gateway.secrets.secretOf("acme", "okta")).toBe(CANARY);
    await plane.up();
  });

  it("and what was encrypted to the key before still opens after a restart without the control plane", async () => {
    await start(plane.joinToken());
    plane.asksToRenew = true;
    await renewed();
    plane.sealing.keys.clear();
    await node?.close();
    await plane.down();
    await start();
    expect(node?.gateway.secrets.secretOf("acme", "okta")).toBe(CANARY);
    await plane.up();
  });

  it("whose answer is lost, and is known by the new key, also when the old one is not good any more", async () => {
    await start(plane.joinToken());
    const first = await kidOnDisk();
    plane.loseRenewalAnswers = 1;
    plane.asksToRenew = true;
    await eventually("the control plane has the new key", () => plane.renewals === 1);
    plane.asksToRenew = false;
    plane.endOverlaps();
    await renewed();
    expect(await kidOnDisk()).not.toBe(first);
    await eventually("no problem is told", () => problems().length === 0);
    expect(plane.enrolments).toBe(1);
  });
});

describe("a node that cannot renew its keys", () => {
  it("since its control plane is older leaves out what that does not know, and goes on with its key", async () => {
    plane.renewsNoKeys = true;
    await start(plane.joinToken());
    await eventually("it is heard", () => plane.beats.length > 1);
    const first = await kidOnDisk();
    await node?.close();
    const old = new Date(Date.now() - 40 * DAY_MS);
    await utimes(join(dataDir, "node-key.json"), old, old);
    plane.beats.length = 0;
    await start();
    await eventually("it is heard", () => plane.beats.length > 1);
    expect(await kidOnDisk()).toBe(first);
    expect(problems()).toEqual([]);
    expect(plane.beats.every(({ renewsKey }) => renewsKey === undefined)).toBe(true);
    // The control plane is upgraded: it was away, and knows the word now.
    await plane.down();
    plane.renewsNoKeys = false;
    await plane.up();
    await restart();
    await renewed();
    expect(await kidOnDisk()).not.toBe(first);
  });

  it("since the disk refuses says so, keeps its key, and renews when it can", async () => {
    await start(plane.joinToken());
    const first = await kidOnDisk();
    // No file can take the place of a folder.
    await rm(join(dataDir, "next-keys.json"), { force: true });
    await mkdir(join(dataDir, "next-keys.json"));
    plane.asksToRenew = true;
    await eventually("it says so", () => problems().some((sentence) => sentence.includes("new keys cannot be written to disk")));
    expect(plane.renewals).toBe(0);
    expect(await kidOnDisk()).toBe(first);
    await rm(join(dataDir, "next-keys.json"), { recursive: true });
    await restart();
    await renewed();
  });

  it("is known by the key before where the control plane was restored from a backup, and renews once more", async () => {
    await start(plane.joinToken());
    const first = await kidOnDisk();
    plane.asksToRenew = true;
    await renewed();
    plane.asksToRenew = false;
    plane.restore();
    await restart();
    await renewed(2);
    expect(await kidOnDisk()).not.toBe(first);
    expect(plane.enrolments).toBe(1);
  });
});

describe("the files of a node's keys", () => {
  it("of a pair that cannot be read are left alone, and the node goes on with its present one", async () => {
    await start(plane.joinToken());
    const first = await kidOnDisk();
    await node?.close();
    await writeFile(join(dataDir, "next-keys.json"), "torn");
    await writeFile(join(dataDir, "previous-keys.json"), "{}");
    await start();
    await eventually("it has polled", () => plane.calledBy.at(-1) === first);
    expect(await kidOnDisk()).toBe(first);
  });
});

describe("the age at which a key is renewed", () => {
  it("lies between nine tenths and all of the most, is the key's own, and spreads over a fleet", () => {
    const ages = Array.from({ length: 200 }, (_, index) => renewalAge(30 * DAY_MS, `kid-${index}`));
    for (const age of ages) expect(age).toBeGreaterThan(27 * DAY_MS - 1);
    for (const age of ages) expect(age).toBeLessThanOrEqual(30 * DAY_MS);
    expect(new Set(ages).size).toBe(200);
    expect(renewalAge(30 * DAY_MS, "kid-7")).toBe(ages[7]);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(2 * DAY_MS);
  });
});
