import type { HeartbeatRequest } from "@sallyport/snapshot/protocol";
import type { GatewaySettings } from "../env.js";
import type { Membership } from "../membership.js";
import type { RevisionKeeper } from "../running-revision.js";
import type { SnapshotStore } from "../store.js";
import type { SyncLoop } from "../sync/sync-loop.js";

/** The bundle that the node was started with. */
export interface BundleState {
  readonly file: string;
  readonly revision: number;
  /** False: the node had what follows it. */
  readonly taken: boolean;
}

interface StatusSources {
  /** What the control plane is told, or would be. */
  readonly beat: HeartbeatRequest;
  readonly settings: Pick<GatewaySettings, "controlPlane" | "stateStore">;
  readonly membership: Pick<Membership, "identity">;
  readonly store: Pick<SnapshotStore, "running" | "appliedAtMs">;
  readonly from: RevisionKeeper["from"];
  readonly sync: Pick<SyncLoop, "connected" | "lastAnswerAtMs"> | null;
  readonly bundle: BundleState | null;
}

/** What a node cannot do without a control plane, whatever its bundle says. */
const WITHOUT_CONTROL_PLANE = [
  "revocations, suspensions, API keys and secrets that were made after the running revision do not reach this node",
  "another revision comes with another bundle and a restart only",
  "keys for internal tokens are not rotated",
  "security events and decisions are told in this node's log and metrics only",
  "the clock is not compared with anybody's",
] as const;
const WITHOUT_STATE_STORE = "there is no state store: sessions are refused, and rate limits and lockouts count at this node only";

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function controlPlaneState({ settings, membership, sync }: StatusSources): "none" | "joining" | "connected" | "away" {
  if (settings.controlPlane === null) return "none";
  if (membership.identity === null) return "joining";
  return sync?.connected === true ? "connected" : "away";
}

/** What the node is, for its operators: what runs and from where, whom it is connected to, what it cannot do, and what is wrong. */
export function readStatus(sources: StatusSources) {
  const { beat, settings, membership, store, from, sync, bundle } = sources;
  const { identity } = membership;
  const { running } = store;
  return {
    version: beat.version,
    startedAt: beat.startedAt,
    ready: beat.ready,
    draining: beat.draining,
    node: identity === null ? null : { id: identity.nodeId, name: identity.name },
    snapshot:
      running === null
        ? null
        : {
            fleet: running.envelope.fleet,
            group: running.envelope.group,
            revision: running.envelope.revision,
            epoch: running.envelope.epoch,
            rootHash: running.envelope.rootHash,
            createdAt: running.envelope.created,
            appliedAt: iso(store.appliedAtMs),
            from,
          },
    controlPlane: { state: controlPlaneState(sources), lastAnswerAt: iso(sync?.lastAnswerAtMs ?? null) },
    bundle,
    unavailable: [...(settings.controlPlane === null ? WITHOUT_CONTROL_PLANE : []), ...(settings.stateStore === null ? [WITHOUT_STATE_STORE] : [])],
    problems: beat.problems,
  };
}
