import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { FAILPOINTS } from "@sallyport/failpoints";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, removeFolder } from "../testing/gateway.js";
import { type GatewayProcess, startProcess } from "../testing/gateway-process.js";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { loadNodeKey } from "./node-key.js";

const POINTS = Object.keys(FAILPOINTS).filter((name) => name.startsWith("node.renewal_"));

describe("a node that is killed while it renews its keys", () => {
  let plane: TestControlPlane;
  let upstream: EchoUpstream;
  let dataDir: string;
  let running: GatewayProcess | null = null;
  const start = (env: Record<string, string>): GatewayProcess => {
    running = startProcess(dataDir, { SALLYPORT_CONTROL_PLANE: plane.url, ...env });
    return running;
  };
  const end = async (): Promise<void> => {
    await running?.kill();
    running = null;
  };

  beforeEach(async () => {
    [plane, upstream, dataDir] = await Promise.all([TestControlPlane.start(), startEchoUpstream(), freshFolder()]);
    await plane.publish([fleetOf(), tenantOf({ slug: "acme", upstream: upstream.url })]);
    start({ SALLYPORT_JOIN_TOKEN: plane.joinToken() });
    await eventually("it is enrolled, and its revision durable", () => plane.reports.length > 0, 45_000);
    // Not by a kill: two of them so soon after a revision was applied would be laid to that one.
    running?.child.kill("SIGTERM");
    await once(running?.child ?? process, "exit");
  });
  afterEach(async () => {
    await end();
    await Promise.all([plane.down(), upstream.close()]);
    await removeFolder(dataDir);
  });

  it.each(POINTS)("at %s speaks again after its start, by the old key or the new one, and the renewal comes to its end", async (point) => {
    const first = (await loadNodeKey(dataDir)).publicJwk.kid;
    plane.asksToRenew = true;
    const [code, signal] = (await once(start({ SALLYPORT_FAILPOINT: point }).child, "exit")) as [number | null, string | null];
    expect([code, signal], running?.output).toEqual([null, "SIGKILL"]);
    const cameOut = plane.renewals === 1;
    plane.asksToRenew = false;
    // It was away for longer than both keys are good.
    plane.endOverlaps();
    plane.calledBy.length = 0;
    plane.beats.length = 0;
    start({});
    await eventually("it is heard", () => plane.beats.length > 0, 45_000);
    await eventually("the renewal is over", async () => {
      const { kid } = (await loadNodeKey(dataDir)).publicJwk;
      return plane.renewals === 1 && kid !== first && plane.calledBy.at(-1) === kid && !(await readdir(dataDir)).includes("next-keys.json");
    });
    // By the old key only while that was the node's: its use would be reported.
    if (cameOut) expect(plane.calledBy).not.toContain(first);
    expect(plane.enrolments).toBe(1);
    const port = await running?.portOf("dataPort");
    const answer = await fetch(`http://127.0.0.1:${port}/tenants/acme/open`);
    expect(answer.status, `${await answer.text()}\n${running?.output}`).toBe(200);
  });
});
