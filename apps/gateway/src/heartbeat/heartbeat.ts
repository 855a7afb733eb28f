import type { HeartbeatRequest, heartbeatResponse } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import type { ControlPlaneAnswer } from "../control-plane/client.js";
import { pause } from "../pause.js";

const FIRST_INTERVAL_MS = 5_000;

export interface HeartbeatDeps {
  read(): HeartbeatRequest;
  send(beat: HeartbeatRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<z.output<typeof heartbeatResponse>>>;
  /** The control plane's clock at the answer, and ours, ms since the epoch. */
  answered(theirsMs: number): void;
}

export interface Heartbeat {
  /** Sends the next one now, for a change that people wait for. */
  nudge(): void;
  stop(): Promise<void>;
}

/** Tells the fleet page how the node is, as often as the control plane asks for. A lost beat is only a lost beat. */
export function startHeartbeat(deps: HeartbeatDeps): Heartbeat {
  const stopping = new AbortController();
  let waking = new AbortController();
  const run = async (): Promise<void> => {
    let intervalMs = FIRST_INTERVAL_MS;
    while (!stopping.signal.aborted) {
      const answer = await deps.send(deps.read(), stopping.signal);
      if (answer.ok) {
        intervalMs = answer.value.nextHeartbeatMs;
        deps.answered(Date.parse(answer.value.now));
      }
      waking = new AbortController();
      if (!stopping.signal.aborted) await pause(intervalMs, waking.signal);
    }
  };
  const running = run();
  return {
    nudge: () => waking.abort(),
    async stop() {
      stopping.abort();
      waking.abort();
      await running;
    },
  };
}
