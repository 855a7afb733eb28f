import { describe, expect, it } from "vitest";
import { createTrafficMeter } from "./traffic-meter.js";

describe("the traffic meter", () => {
  it("gives the rates of the last minute, and the pipeline's times within a fifth", () => {
    let now = 5_000_500;
    const meter = createTrafficMeter(() => now);
    for (let second = 0; second < 120; second += 1) {
      for (let request = 0; request < 20; request += 1) meter.record(request < 5, request === 19 ? 900 : 40);
      now += 1_000;
    }
    now -= 1_000;
    const { requestsPerSecond, refusedPerSecond, pipelineP50Us, pipelineP95Us } = meter.read();
    expect([requestsPerSecond, refusedPerSecond]).toEqual([20, 5]);
    expect(pipelineP50Us).toBeGreaterThanOrEqual(40);
    expect(pipelineP50Us).toBeLessThan(48);
    expect(pipelineP95Us).toBeLessThan(48);
  });

  it("forgets what is older than a minute, and says nothing of times without traffic", () => {
    let now = 0;
    const meter = createTrafficMeter(() => now);
    meter.record(true, 10);
    expect(meter.read().requestsPerSecond).toBe(1);
    now = 61_000;
    expect(meter.read()).toEqual({ requestsPerSecond: 0, refusedPerSecond: 0, pipelineP50Us: null, pipelineP95Us: null });
  });
});
