import { randomUUID } from "node:crypto";
import type { LimitPressed } from "@sallyport/pipeline";
import type { LimitsRequest, limitsResponse } from "@sallyport/snapshot/protocol";
import type { z } from "zod";
import type { ControlPlaneAnswer } from "../control-plane/client.js";
import { pause } from "../pause.js";
import { createPressedKeys } from "./pressed-keys.js";
import { createTrafficRecorder, type TrafficRecorder } from "./traffic-recorder.js";

export interface LimitReportsDeps {
  readonly clock: { now(): number };
  send(report: LimitsRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<z.output<typeof limitsResponse>>>;
  /** Between two reports, ms. */
  readonly everyMs?: number;
}

/** What the control plane hears of the limits beyond counts: who presses on them, and the traffic that somebody has asked for. */
export interface LimitReports {
  readonly pressed: (pressed: LimitPressed) => void;
  readonly recorder: TrafficRecorder;
  /** From when the node is one of its fleet. */
  start(): void;
  /** Tells what is left, once. */
  stop(): Promise<void>;
}

const EVERY_MS = 5_000;
/** In one report. */
const MAX_RECORDINGS = 50;
/** For the last one, when the node ends. */
const LAST_MS = 2_000;
/** Before an older control plane is asked again. */
const UNKNOWN_MS = 60_000;

const isUnreadable = (status: number | null): boolean => status === 400 || status === 413 || status === 422;

/**
 * One report is on its way at a time, and is sent again, as it is, until somebody has it. It is no security event: nothing of it is written
 * to disk.
 */
export function createLimitReports({ clock, send, everyMs = EVERY_MS }: LimitReportsDeps): LimitReports {
  const keys = createPressedKeys();
  const recorder = createTrafficRecorder({ clock });
  const stopping = new AbortController();
  const next = (): LimitsRequest => ({ batch: randomUUID(), keys: keys.take(), traffic: recorder.take(MAX_RECORDINGS) });
  let report: LimitsRequest | null = null;
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      report ??= next();
      const answer = await send(report, stopping.signal);
      if (answer.ok) recorder.record(answer.value.recordings);
      const unknown = !answer.ok && answer.status === 404;
      if (unknown) recorder.record([]);
      if (answer.ok || unknown || isUnreadable(answer.status)) report = null;
      if (!stopping.signal.aborted) await pause(unknown ? UNKNOWN_MS : everyMs, stopping.signal);
    }
  };

  return {
    pressed: keys.note,
    recorder,
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      if (running === null) return;
      await running;
      report ??= next();
      if (report.keys.length + report.traffic.length > 0) await send(report, AbortSignal.timeout(LAST_MS));
    },
  };
}
