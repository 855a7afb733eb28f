import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";

describe("security events over the wire", () => {
  let data: DataPlane;
  beforeAll(async () => {
    data = await startDataPlane();
  });
  afterAll(() => data.close());
  const spoof = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const response = await fetch(`http://127.0.0.1:${data.node.dataPort}/tenants/acme/open`, {
        headers: { "x-user-id": "root", "x-request-id": `spoof-${index}` },
      });
      await response.arrayBuffer();
    }
  };
  const spoofs = () => [...data.plane.events.values()].filter(({ kind }) => kind === "spoofed_identity_header");
  const arrived = () => spoofs().reduce((sum, { count }) => sum + count, 0);

  it("arrive once although answers are lost, the control plane refuses, and then is away", async () => {
    data.plane.loseEventAnswers = 2;
    await spoof(10);
    data.plane.refuseEvents = 503;
    await spoof(10);
    await data.plane.down();
    await spoof(10);
    data.plane.refuseEvents = null;
    await data.plane.up();
    await eventually("all 30 are there", () => arrived() === 30, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(arrived()).toBe(30);
    expect(spoofs().length).toBeLessThanOrEqual(4);
    expect([...data.plane.batches.values()].reduce((sum, { dropped }) => sum + dropped, 0)).toBe(0);
  });
});
