import type { HeartbeatRequest, HeartbeatResponse } from "@sallyport/snapshot/protocol";
import type { ControlPlaneAnswer } from "../control-plane/client.js";
import { pause } from "../pause.js";

const FIRST_INTERVAL_MS = 5_000;
/** HTTP status of a heartbeat that the control plane does not understand. */
const UNPROCESSABLE = 422;

export interface HeartbeatDeps {
  read(): HeartbeatRequest;
  send(beat: HeartbeatRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<HeartbeatResponse>>;
  /** The control plane's clock at the answer, and ours, ms since the epoch. */
  answered(theirsMs: number): void;
  /** The control plane asks that the node renew its keys now. Absent from a node that does not renew them. */
  readonly renewalAsked?: () => void;
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
    let saysRenewal = deps.renewalAsked !== undefined;
    while (!stopping.signal.aborted) {
      const answer = await deps.send({ ...deps.read(), ...(saysRenewal ? { renewsKey: true as const } : {}) }, stopping.signal);
      if (answer.ok) {
        intervalMs = answer.value.nextHeartbeatMs;
        deps.answered(Date.parse(answer.value.now));
        if (answer.value.renewKey === true) deps.renewalAsked?.();
      } else if (answer.status === UNPROCESSABLE && saysRenewal) {
        // An older control plane refuses the word. It gets the beat without it, at once.
        saysRenewal = false;
        continue;
      } else if (answer.status === null) saysRenewal = deps.renewalAsked !== undefined;
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
