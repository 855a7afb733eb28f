import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ENVELOPE_TYP } from "@sallyport/snapshot";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { fleetOf, tenantOf } from "./testing/sections.js";
import { makeSigningKey } from "./testing/signing-key.js";

let upstream: EchoUpstream;
let plane: TestControlPlane;
let dataDir: string;
let node: RunningGateway;

const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/open`)).status;
const claimsOf = async (more: Record<string, unknown> = {}) => {
  const { nodeId, fleet } = JSON.parse(await readFile(join(dataDir, "identity.json"), "utf8")) as Record<string, string>;
  return { fleet, sub: nodeId, iat: Math.floor(Date.now() / 1_000), ...more };
};

beforeAll(async () => {
  upstream = await startEchoUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder()]);
  await plane.publish([fleetOf(), tenantOf({ slug: "acme", upstream: upstream.url })]);
  node = await startGateway(plane, { dataDir });
  await ready(node);
  expect(await status()).toBe(200);
});
afterEach(async () => {
  await node.close();
  await plane.down();
  await removeFolder(dataDir);
});

it("a node that hears from its control plane that it is revoked serves nobody any more and ends; a restart serves nobody either", async () => {
  await plane.revoke(await claimsOf());
  await eventually("it ends", () => node.hopeless.length > 0);
  expect(node.hopeless).toEqual([expect.stringContaining("the node was revoked and serves no more")]);
  expect(await status()).toBe(503);
  expect(node.gateway.readiness().ready).toBe(false);
  const polls = plane.polls.length;
  await node.close();
  // With the control plane away as well: what the disk holds is not served.
  await plane.down();
  await expect(startGateway(plane, { dataDir, joinToken: null })).rejects.toThrow("empty its data folder and enrol it anew");
  expect(plane.polls.length).toBe(polls);
  await writeFile(join(dataDir, "revoked.json"), "");
  await expect(startGateway(plane, { dataDir, joinToken: null })).rejects.toThrow("the node was revoked");
});

it.each([
  ["of another node", async () => plane.revoke(await claimsOf({ sub: randomUUID() }))],
  ["of another fleet", async () => plane.revoke(await claimsOf({ fleet: randomUUID() }))],
  ["by a key that it does not pin", async () => plane.revoke(await claimsOf(), { key: await makeSigningKey() })],
  ["that is another kind of word", async () => plane.revoke(await claimsOf(), { typ: ENVELOPE_TYP })],
  ["with more in it than it knows", async () => plane.revoke(await claimsOf({ until: 1 }))],
])("a node goes on when the word is one %s", async (_, revoke) => {
  const polls = plane.polls.length;
  await revoke();
  await eventually("it has heard of it", () => plane.polls.length > polls + 1);
  expect(await status()).toBe(200);
  expect(node.hopeless).toEqual([]);
  expect(node.gateway.readiness().ready).toBe(true);
});
