import type { AskedProvider, HeartbeatRequest } from "@sallyport/snapshot/protocol";
import { afterEach, describe, expect, it } from "vitest";
import type { ControlPlaneAnswer } from "../control-plane/client.js";
import { type Heartbeat, type HeartbeatDeps, startHeartbeat } from "./heartbeat.js";

const BEAT: HeartbeatRequest = {
  ...{ revision: null, epoch: null, rootHash: null, version: "0.1.0", ready: true, draining: false, requestsPerSecond: 0, refusedPerSecond: 0 },
  ...{ startedAt: "2026-01-01T00:00:00Z", clock: "2026-01-01T00:00:00Z", pipelineP50Us: null, pipelineP95Us: null, problems: [], jwks: [] },
};
const ACME: AskedProvider = { tenant: "acme", identityProvider: "main" };

type Answer = ControlPlaneAnswer<{ now: string; nextHeartbeatMs: number; ask?: AskedProvider[] }>;
const good = (ask?: AskedProvider[]): Answer => ({
  ok: true,
  value: { now: "2026-01-01T00:00:00Z", nextHeartbeatMs: 1_000, ...(ask === undefined ? {} : { ask }) },
});

let heartbeat: Heartbeat | undefined;
afterEach(() => heartbeat?.stop());

/** What each beat offered to be asked about, until there are so many; the answers in their order, the last one again and again. */
async function offersOf(count: number, answers: readonly Answer[]): Promise<(readonly AskedProvider[] | null)[]> {
  const offers: (readonly AskedProvider[] | null)[] = [];
  await new Promise<void>((done) => {
    const deps: HeartbeatDeps = {
      read(asked) {
        offers.push(asked);
        return BEAT;
      },
      async send() {
        const answer = answers[Math.min(offers.length, answers.length) - 1];
        if (offers.length === count) done();
        else setImmediate(() => heartbeat?.nudge());
        if (answer === undefined) throw new Error("no answer is scripted");
        return answer;
      },
      answered: () => undefined,
    };
    heartbeat = startHeartbeat(deps);
  });
  return offers;
}

describe("a heartbeat", () => {
  it("tells next of the providers that the last answer asked for, and of none when none is asked for any more", async () => {
    expect(await offersOf(4, [good(), good([ACME]), good([ACME]), good()])).toEqual([[], [], [ACME], [ACME]]);
  });

  it("is sent again at once without what a control plane of the version before does not know, and stays so for a while", async () => {
    expect(await offersOf(4, [{ ok: false, status: 422, message: "askedJwks is unknown" }, good()])).toEqual([[], null, null, null]);
  });

  it("offers to be asked again although a beat was lost", async () => {
    expect(await offersOf(3, [{ ok: false, status: null, message: "cannot be reached" }, good()])).toEqual([[], [], []]);
  });
});
