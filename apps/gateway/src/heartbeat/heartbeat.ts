import type { AskedProvider, HeartbeatRequest, HeartbeatResponse } from "@sallyport/snapshot/protocol";
import type { ControlPlaneAnswer } from "../control-plane/client.js";
import { pause } from "../pause.js";

const FIRST_INTERVAL_MS = 5_000;
/** HTTP status of a heartbeat that the control plane does not understand. */
const UNPROCESSABLE = 422;

export interface HeartbeatDeps {
  /** @param asked whose keys the control plane asks about; null towards one that cannot ask */
  read(asked: readonly AskedProvider[] | null): HeartbeatRequest;
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
    let asked: readonly AskedProvider[] = [];
    // An older control plane refuses the words of newer nodes.
    let saysNewWords = true;
    while (!stopping.signal.aborted) {
      const renewal = saysNewWords && deps.renewalAsked !== undefined ? { renewsKey: true as const } : {};
      const answer = await deps.send({ ...deps.read(saysNewWords ? asked : null), ...renewal }, stopping.signal);
      if (answer.ok) {
        intervalMs = answer.value.nextHeartbeatMs;
        asked = answer.value.ask ?? [];
        deps.answered(Date.parse(answer.value.now));
        if (answer.value.renewKey === true) deps.renewalAsked?.();
      } else if (answer.status === UNPROCESSABLE && saysNewWords) {
        // It gets the beat without them, at once. One that was away may be a newer one.
        saysNewWords = false;
        continue;
      } else if (answer.status === null) saysNewWords = true;
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
