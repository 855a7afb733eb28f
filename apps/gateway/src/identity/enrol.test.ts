import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { makeSigningKey } from "../testing/signing-key.js";
import { loadNodeKey } from "./node-key.js";

describe("enrolment", () => {
  let plane: TestControlPlane;
  let folders: string[];
  let nodes: RunningGateway[];
  const start = async (joinToken: string | null, dataDir?: string): Promise<RunningGateway> => {
    const folder = dataDir ?? (await freshFolder());
    folders.push(folder);
    const node = await startGateway(plane, { dataDir: folder, joinToken });
    nodes.push(node);
    return node;
  };
  beforeEach(async () => {
    [folders, nodes] = [[], []];
    plane = await TestControlPlane.start();
    await plane.publish([fleetOf(), tenantOf({ slug: "acme", upstream: "http://127.0.0.1:9" })]);
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await plane.down();
    await Promise.all(folders.map(removeFolder));
  });

  it("lets a join token in once: of two nodes at the same time one wins, and the other says why it can't", async () => {
    const token = plane.joinToken();
    const [first, second] = await Promise.all([start(token), start(token)]);
    await eventually("one is ready and one is without hope", () => {
      const hopes = [first, second].map((node) => node.hopeless.length);
      return hopes.includes(1) && [first, second].some((node) => node.gateway.readiness().ready);
    });
    expect(plane.enrolments).toBe(1);
    expect([...first.hopeless, ...second.hopeless].join()).toMatch(/could not enrol: the control plane answered 401/);
  });

  it("refuses a control plane that does not hold the key that the join token names", async () => {
    const node = await start(plane.joinToken((await makeSigningKey()).jwk));
    await eventually("it says so", () => node.hopeless.length === 1);
    expect(node.hopeless[0]).toContain("does not hold the signing key that the join token names");
    expect(node.gateway.readiness().ready).toBe(false);
  });

  it("pins the named key alone, whatever else comes along", async () => {
    const evil = await makeSigningKey();
    plane.trustedKeys = [evil.jwk, plane.key.jwk];
    const node = await start(plane.joinToken());
    await ready(node);
    const identity = JSON.parse(await readFile(join(folders[0] ?? "", "identity.json"), "utf8")) as { trustedKeys: { kid: string }[] };
    expect(identity.trustedKeys.map(({ kid }) => kid)).toEqual([plane.key.jwk.kid]);
  });

  it("refuses everything with 503 and keeps trying while the control plane is away at the first start", async () => {
    await plane.down();
    const node = await start(plane.joinToken());
    const answer = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/open`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: "not_ready" });
    const health = await fetch(`http://127.0.0.1:${node.adminPort}/health/ready`);
    expect(health.status).toBe(503);
    await eventually("the reason is told", () => node.gateway.readiness().reasons.some((reason) => reason.includes("cannot be reached")));
    await plane.up();
    await ready(node);
  });

  it("says at once that a first start needs a join token", async () => {
    const node = await start(null);
    await eventually("it says so", () => node.hopeless[0]?.includes("SALLYPORT_JOIN_TOKEN"));
  });

  it("keeps the private key to its owner, and does not start with another's identity", async () => {
    const folder = await freshFolder();
    folders.push(folder);
    await loadNodeKey(folder);
    expect((await stat(join(folder, "node-key.json"))).mode & 0o777).toBe(0o600);
    await ready(await start(plane.joinToken(), folder));
    const other = await freshFolder();
    folders.push(other);
    await writeFile(join(other, "identity.json"), await readFile(join(folder, "identity.json")));
    await expect(startGateway(plane, { dataDir: other })).rejects.toThrow("does not belong to the key beside it");
  });
});
