import { failpoint } from "@sallyport/failpoints";
import type { DeliveryReport, SyncRequest, WrappedContentKey } from "@sallyport/snapshot/protocol";
import type { Logger } from "pino";
import type { ControlPlaneAnswer } from "../control-plane/client.js";
import { pause } from "../pause.js";
import type { Problems } from "../problems.js";
import type { SnapshotStore } from "../store.js";
import { READABLE_SCHEMA_VERSIONS } from "../version.js";
import type { AppliedRevision } from "./apply-revision.js";
import { createBackOff } from "./back-off.js";
import { claimedRevision } from "./claimed-revision.js";
import type { Checked, UnverifiedRevision } from "./revision.js";
import type { SyncAnswer, SyncUpdate } from "./sync-answer.js";

/** How long the control plane may hold a poll, ms. */
const WAIT_MS = 25_000;
/** Longest pause while nothing answers, ms: it costs nobody anything, and a control plane that comes back is to find its nodes within seconds. */
const AWAY_MS = 4_000;
/** HTTP status of a poll that the control plane does not understand. */
const UNPROCESSABLE = 422;

export interface SyncLoopDeps {
  readonly store: SnapshotStore;
  readonly problems: Problems;
  readonly logger: Logger;
  readonly clock: { now(): number };
  /** One authenticated poll. */
  poll(request: SyncRequest, signal: AbortSignal): Promise<ControlPlaneAnswer<SyncAnswer>>;
  apply(delivery: UnverifiedRevision): Promise<Checked<AppliedRevision>>;
  /** After a swap: keep it on disk, pin keys, warm up. A failure here never undoes the swap. */
  applied(result: AppliedRevision, delivery: SyncUpdate): Promise<void>;
  refused(delivery: SyncUpdate, report: DeliveryReport): void;
  /** The control plane says that the node is revoked. @returns whether it is so: then there is nothing more to ask */
  revoked(notice: string): Promise<boolean>;
  /** What the node decrypts with, and the content keys that it keeps. */
  readonly keys: {
    /** Signed with the node's own key. */
    readonly statement: string;
    ids(): string[];
    take(keys: readonly WrappedContentKey[]): Promise<void>;
  };
  /** Something that a poll must say at once, from before the first poll. */
  readonly firstReport?: DeliveryReport;
}

export interface SyncLoop {
  /** True while polls are answered. */
  readonly connected: boolean;
  /** ms since the epoch of the last answer; null before the first. */
  readonly lastAnswerAtMs: number | null;
  stop(): Promise<void>;
}

/**
 * Level-triggered (DESIGN §4): each poll states what runs, so nothing is lost by losing an answer. A failed poll changes
 * nothing but the time of the next one.
 */
export function startSyncLoop(deps: SyncLoopDeps): SyncLoop {
  const stopping = new AbortController();
  const backOff = createBackOff();
  const state = { connected: false, lastAnswerAtMs: null as number | null };
  let report: DeliveryReport | undefined = deps.firstReport;
  let lastRefused: string | null = null;
  let derivesManifests = true;

  const turn = async (): Promise<void> => {
    const running = deps.store.running?.envelope ?? null;
    const answer = await deps.poll(
      {
        revision: running?.revision ?? null,
        epoch: running?.epoch ?? null,
        rootHash: running?.rootHash ?? null,
        installationHash: running?.installationHash ?? null,
        schemaVersions: [...READABLE_SCHEMA_VERSIONS],
        encryptionKey: deps.keys.statement,
        contentKeys: deps.keys.ids(),
        ...(derivesManifests ? { manifestDelta: true as const } : {}),
        ...(report === undefined ? {} : { delivery: report }),
        waitMs: WAIT_MS,
      },
      stopping.signal,
    );
    if (!answer.ok) {
      if (stopping.signal.aborted) return;
      state.connected = false;
      // An older control plane refuses a poll with a word that it does not know; it sends manifests whole. One that was away may be a newer one.
      if (answer.status === UNPROCESSABLE) derivesManifests = false;
      else if (answer.status === null) derivesManifests = true;
      deps.problems.report("control-plane", answer.message);
      deps.logger.warn({ reason: answer.message }, "the control plane did not answer; the node goes on with what it has");
      return pause(backOff.next(answer.status === null ? AWAY_MS : undefined), stopping.signal);
    }
    if (answer.value.kind === "revoked") {
      state.connected = false;
      if (await deps.revoked(answer.value.notice)) return stopping.abort();
      deps.problems.report("control-plane", "the control plane says that the node is revoked, with a word that it did not sign for this node");
      return pause(backOff.next(), stopping.signal);
    }
    state.connected = true;
    state.lastAnswerAtMs = deps.clock.now();
    deps.problems.clear("control-plane");
    if (report !== undefined) failpoint("node.acknowledged");
    report = undefined;
    if (answer.value.kind === "unchanged") {
      backOff.reset();
      if (answer.value.contentKeys !== undefined) await deps.keys.take(answer.value.contentKeys);
      return pause(answer.value.retryAfterMs, stopping.signal);
    }
    failpoint("node.answered");
    const update = answer.value;
    const result = await deps.apply(update);
    if (result.ok) {
      lastRefused = null;
      backOff.reset();
      const { revision, epoch, rootHash } = result.value.revision.envelope;
      report = { outcome: "ack", revision, epoch, rootHash, appliedAt: new Date(deps.clock.now()).toISOString(), applyMs: result.value.applyMs };
      deps.problems.clear("delivery");
      await deps.applied(result.value, update);
      failpoint("node.kept");
      return;
    }
    // A delta that did not fit comes once more, as everything; what an operator lets the node retry comes again as well.
    // Both are judged anew, and neither becomes a busy loop.
    if (update.envelope === lastRefused) await pause(backOff.next(), stopping.signal);
    lastRefused = update.envelope;
    report = { outcome: "nack", ...claimedRevision(update.envelope), errors: result.errors.slice(0, 20) };
    const first = result.errors[0];
    deps.problems.report("delivery", `a delivered snapshot was refused: ${first?.code} at ${first?.path}: ${first?.message}`);
    deps.logger.error({ errors: result.errors }, "a delivered snapshot was refused; the running one stays");
    deps.refused(update, report);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await turn();
      } catch (error) {
        deps.logger.error({ err: error }, "the sync turn failed; the running snapshot stays");
        await pause(backOff.next(), stopping.signal);
      }
    }
  };
  const running = run();
  return {
    get connected() {
      return state.connected;
    },
    get lastAnswerAtMs() {
      return state.lastAnswerAtMs;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
