import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  createTokenMint,
  type EchoUpstream,
  type ForkedHostileIdp,
  forkHostileIdp,
  type HostileIdpModes,
  startEchoUpstream,
} from "@sallyport/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, removeFolder } from "./testing/gateway.js";
import { runLoad } from "./testing/load.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

const AUDIENCE = "https://api.example.test";
const mint = createTokenMint({ alg: "ES256", kid: "known" });
const stranger = createTokenMint({ alg: "ES256", kid: "never-published" });

let hostile: ForkedHostileIdp;
let upstream: EchoUpstream;
let plane: TestControlPlane;
let dataDir: string;
let node: ChildProcess;
let ports: { dataPort: number; adminPort: number };

const claims = () => ({ iss: hostile.issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 900, jti: String(Math.random()) });
const status = async (token: string): Promise<number> => {
  const response = await fetch(`http://127.0.0.1:${ports.dataPort}/tenants/evil/v1`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
};
const metricMb = async (name: RegExp): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${ports.adminPort}/metrics`)).text();
  return Number(new RegExp(`^${name.source} (\\S+)$`, "m").exec(text)?.[1]) / 2 ** 20;
};
const residentMb = (): Promise<number> => metricMb(/process_resident_memory_bytes/);
const oldSpaceMb = (): Promise<number> => metricMb(/nodejs_heap_space_size_used_bytes\{space="old"\}/);

beforeAll(async () => {
  [hostile, upstream, plane, dataDir] = await Promise.all([
    forkHostileIdp({ jwks: mint.jwks() }),
    startEchoUpstream(),
    TestControlPlane.start(),
    freshFolder(),
  ]);
  const client = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
  const main = { issuer: hostile.issuer, audiences: [AUDIENCE], introspection: { client, retries: 0, timeoutMs: 2_000 } };
  await plane.publish([
    // A breaker that hardly opens and a short cool-down: as many calls as possible.
    fleetOf({ jwks: { cooldownSeconds: 1 }, introspectionBreaker: { failures: 1_000, openSeconds: 1 } }),
    tenantOf({ slug: "evil", upstream: upstream.url, rest: { secrets: { introspection: {} }, identityProviders: { main } } }),
  ]);
  node = fork(new URL("../dist/testing/node-process.js", import.meta.url), {
    env: { CONTROL_PLANE: plane.url, JOIN_TOKEN: plane.joinToken(), DATA_DIR: dataDir, SECRET: "secret" },
    execArgv: ["--expose-gc"],
  });
  ports = ((await once(node, "message")) as [typeof ports])[0];
  await eventually("the node serves", async () => (await status(mint.sign(claims()))) === 200);
});
afterAll(async () => {
  if (node?.exitCode === null) {
    node.disconnect();
    await once(node, "exit");
  }
  await Promise.all([hostile?.close(), upstream?.close(), plane?.down()]);
  await removeFolder(dataDir);
});

it("what a request leaves behind dies young, also after a full collection has aged what was there", async () => {
  const authorization = `Bearer ${mint.sign(claims())}`;
  const serve = (requests: number) => {
    let left = requests;
    const load = { connections: 16, path: () => "/tenants/evil/v1", headers: { authorization }, stop: () => left-- <= 0 };
    return runLoad({ port: ports.dataPort, ...load });
  };
  await serve(2_000);
  // In the middle of it: whatever is under way is among the old from now on, and must not take the next ones along when it dies.
  const running = serve(10_000);
  node.send("collect");
  await once(node, "message");
  const before = await oldSpaceMb();
  const { answered, broken } = await running;
  expect([answered >= 10_000, broken]).toEqual([true, []]);
  expect((await oldSpaceMb()) - before).toBeLessThan(4);
}, 60_000);

it("a hostile identity provider that pours 2 GB, bombs, 5,000 keys and 100,000 values into hundreds of calls costs a node at most 50 MB", async () => {
  // As much ordinary work as there will be hostile: what that takes is not the provider's doing.
  for (let round = 0; round < 30; round += 1) {
    const tokens = Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? mint.sign(claims()) : `good-${round}-${index}`));
    expect(new Set(await Promise.all(tokens.map(status)))).toEqual(new Set([200]));
  }
  const before = await residentMb();
  let most = before;
  const modes: readonly [HostileIdpModes["introspection"], HostileIdpModes["jwks"]][] = [
    ["huge", "huge"],
    ["gzip_bomb", "gzip_bomb"],
    ["many_values", "many_keys"],
    ["lying_length", "lying_length"],
    ["deep", "drip"],
  ];
  for (let round = 0; round < 10; round += 1) {
    const [introspection, jwks] = modes[round % modes.length] ?? ["huge", "huge"];
    await hostile.setMode("introspection", introspection);
    await hostile.setMode("jwks", jwks);
    const tokens = Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? stranger.sign(claims()) : `flood-${round}-${index}`));
    const statuses = await Promise.all(tokens.map(status));
    expect(statuses.filter((each) => each < 400)).toEqual([]);
    most = Math.max(most, await residentMb());
  }
  const { introspection } = await hostile.requests();
  expect(introspection).toBeGreaterThan(1_000);
  expect(Math.round(most - before)).toBeLessThanOrEqual(50);
  expect(await status(mint.sign(claims()))).toBe(200);
}, 120_000);
