import { contentKeyOf, SEALED_SECTIONS } from "@sallyport/snapshot";
import type { Logger } from "pino";
import { bundleRefused, type OpenBundle } from "./bundle/open-bundle.js";
import { nodeEvent } from "./events/finding-event.js";
import type { EventReporter } from "./events/reporter.js";
import type { Heartbeat } from "./heartbeat/heartbeat.js";
import type { NodeKeys } from "./identity/node-keys.js";
import type { LastGood } from "./last-good/last-good.js";
import type { Membership } from "./membership.js";
import type { Problems } from "./problems.js";
import type { ContentKeys } from "./secrets/content-keys.js";
import type { SecretSource } from "./secrets/secret-source.js";
import type { SnapshotStore } from "./store.js";
import { type AppliedRevision, type ApplyContext, applyRevision } from "./sync/apply-revision.js";
import { checkOrder } from "./sync/check-order.js";
import { startFromDisk } from "./sync/start-from-disk.js";
import { type SyncLoop, type SyncLoopDeps, startSyncLoop } from "./sync/sync-loop.js";
import { isRevocationOf } from "./sync/verify-notice.js";
import { warmKeys } from "./sync/warm-keys.js";
import type { Upstreams } from "./upstreams/upstreams.js";

export interface RevisionDeps {
  readonly context: ApplyContext;
  readonly store: SnapshotStore;
  readonly membership: Membership;
  readonly nodeKeys: NodeKeys;
  readonly contentKeys: ContentKeys;
  readonly secrets: SecretSource;
  readonly upstreams: Pick<Upstreams, "review">;
  readonly events: EventReporter;
  readonly problems: Problems;
  readonly logger: Logger;
  readonly clock: { now(): number };
  readonly lastGood: LastGood;
  readonly heartbeat: () => Heartbeat | null;
  /** The node is revoked: it ends. */
  readonly onRevoked: (notice: string) => Promise<void>;
}

/** Keeps the running revision: from disk or a bundle at first, then from the control plane. */
export interface RevisionKeeper {
  /** Where what runs came from; null before there is anything. */
  readonly from: "disk" | "bundle" | "control plane" | null;
  startFromDisk(): Promise<void>;
  /**
   * Runs the bundle's revision, unless the one that runs follows it.
   * @returns whether it runs now
   * @throws Error one sentence for a bundle that does not prove itself: the node must not start
   */
  takeBundle(bundle: OpenBundle): Promise<boolean>;
  startSync(): SyncLoop;
  /** Writes what the disk did not take before. */
  close(): Promise<void>;
}

/** How long after a failed write of the last good revision the next is tried, ms. */
const REWRITE_MS = 10_000;

export function createRevisionKeeper(deps: RevisionDeps): RevisionKeeper {
  const { context, store, membership, events, problems, logger } = deps;
  let firstReport: SyncLoopDeps["firstReport"];
  let from: RevisionKeeper["from"] = null;
  let unwritten = false;

  const keep = async (): Promise<void> => {
    const revision = store.running;
    if (revision === null) return;
    try {
      await deps.lastGood.write(revision);
      unwritten = false;
      problems.clear("disk");
      problems.clear("last-good");
    } catch (error) {
      unwritten = true;
      problems.report("disk", "the running snapshot cannot be written to disk: a restart would begin with an older one");
      logger.error({ err: error }, "the running snapshot cannot be written to disk");
    }
  };
  const rewrite = setInterval(() => {
    void deps.contentKeys.rewrite();
    if (unwritten) void keep();
  }, REWRITE_MS);
  rewrite.unref();

  const announce = ({ revision, compiled, applyMs }: AppliedRevision, source: NonNullable<RevisionKeeper["from"]>): void => {
    from = source;
    const { revision: number, epoch, rootHash } = revision.envelope;
    events.runs(number);
    logger.info(
      { revision: number, epoch, rootHash, tenants: compiled.tenants.size, applyMs: Math.round(applyMs * 10) / 10, from },
      "snapshot applied",
    );
    deps.secrets.review();
    deps.upstreams.review(compiled.changes);
    deps.heartbeat()?.nudge();
  };

  /** A key beside the signature counts only when what is signed commits to it. */
  const takeContentKey = async ({ file, contentKey }: OpenBundle): Promise<void> => {
    if (contentKey === null) return;
    const isNamed = SEALED_SECTIONS.some((name) => contentKeyOf(store.running?.sections.get(name)) === contentKey.id);
    if (!isNamed) throw bundleRefused(file, "is refused: its content key is none of its secrets'");
    await deps.contentKeys.take([contentKey]);
    if (deps.contentKeys.opened(contentKey.id) === null) throw bundleRefused(file, "is refused: its content key does not open with this node's key");
    deps.secrets.review();
  };

  return {
    get from() {
      return from;
    },
    async takeBundle(bundle) {
      const { file, envelope, revision } = bundle;
      if (store.running?.jws !== revision.envelope) {
        const order = checkOrder(envelope, store.running?.envelope ?? null);
        if (!order.ok) {
          logger.warn({ file, reason: order.errors[0]?.message }, "the bundle is not taken: the node has what follows it");
          return false;
        }
        const result = await applyRevision(context, revision);
        if (!result.ok) {
          const first = result.errors[0];
          throw bundleRefused(file, `is refused: ${first?.code} at ${first?.path}: ${first?.message}`);
        }
        await takeContentKey(bundle).catch(async (error: unknown) => {
          // The node ends for its key's sake: that is no death of the revision.
          await context.guard.end();
          throw error;
        });
        announce(result.value, "bundle");
        void warmKeys(context.keys, result.value.compiled);
        if (envelope.trustedKeys !== undefined) await membership.pin(envelope.trustedKeys, bundle.trustedKeys);
        await keep();
        return true;
      }
      await takeContentKey(bundle);
      return true;
    },
    async startFromDisk() {
      const started = await startFromDisk(context, deps.lastGood);
      firstReport = started.firstReport;
      for (const { generation, errors } of started.refusals) {
        const first = errors[0];
        const sentence = `the stored snapshot "${generation}" was refused: ${first?.code} at ${first?.path}: ${first?.message}`;
        logger.error({ generation, errors }, "a stored snapshot was refused");
        problems.report("last-good", sentence);
        events.report(nodeEvent("last_good_refused", sentence));
      }
      if (started.applied === null) return;
      announce(started.applied, "disk");
      void warmKeys(context.keys, started.applied.compiled);
    },
    startSync() {
      return startSyncLoop({
        store,
        problems,
        logger,
        clock: deps.clock,
        poll: membership.poll,
        keys: {
          get statement() {
            return deps.nodeKeys.present.encryption.statement;
          },
          ids: deps.contentKeys.ids,
          async take(keys) {
            await deps.contentKeys.take(keys);
            deps.secrets.review();
          },
        },
        apply: async (delivery) => {
          const result = await applyRevision(context, delivery);
          if (result.ok) void warmKeys(context.keys, result.value.compiled);
          return result;
        },
        async applied(result, delivery) {
          announce(result, "control plane");
          const { trustedKeys } = result.revision.envelope;
          if (trustedKeys !== undefined) await membership.pin(trustedKeys, delivery.trustedKeys);
          await keep();
        },
        async revoked(notice) {
          const { identity } = membership;
          if (identity === null || !(await isRevocationOf(notice, identity))) return false;
          await deps.onRevoked(notice);
          return true;
        },
        refused(_delivery, report) {
          const first = report.outcome === "nack" ? report.errors[0] : undefined;
          events.report(
            nodeEvent("snapshot_refused", `revision ${report.revision} was refused: ${first?.code} at ${first?.path}: ${first?.message}`),
          );
          deps.heartbeat()?.nudge();
        },
        ...(firstReport === undefined ? {} : { firstReport }),
      });
    },
    async close() {
      clearInterval(rewrite);
      await deps.contentKeys.rewrite();
      if (unwritten) await keep();
      await context.guard.end();
    },
  };
}
