import { withFleet } from "@sallyport/data";
import { INTERNAL_KEYS_SECTION, verifyingKeys } from "@sallyport/snapshot";
import { requireOnFleet } from "../access/require.js";
import type { FleetScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { readSettings } from "../fleet/fleet.js";
import { objectName } from "../objects/objects.schemas.js";
import type { Reissue } from "../publish/reissue.js";
import type { RevisionLane } from "../publish/revision-lane.js";
import type { SectionStore } from "../publish/section-store.js";
import { parse } from "../validation.js";
import type { GroupKeys } from "./group-keys.js";

/** A key of a group, as people see it. */
interface InternalKeyRow {
  readonly kid: string;
  readonly algorithm: string;
  readonly createdAt: Date;
  readonly signFrom: Date;
  /** `next` is published and does not sign yet; `retired` only verifies what it has signed. */
  readonly state: "next" | "signing" | "retired";
}

/** What upstreams verify internal tokens with (RFC 7517 §5). */
interface PublishedJwks {
  readonly keys: readonly Record<string, unknown>[];
  readonly maxAgeSeconds: number;
}

/** Keys for internal tokens, a few for each node group. */
export interface InternalKeys {
  list(scope: FleetScope, group: string): Promise<InternalKeyRow[]>;
  /** Makes and publishes the next key; it signs later by itself. @throws ServiceError `precondition` when the group has none yet */
  rotate(scope: FleetScope, group: string): Promise<InternalKeyRow[]>;
  /** Open to everybody: public halves of what the group's nodes have been sent. Null when there is no such group, or no key yet. */
  published(group: string): Promise<PublishedJwks | null>;
}

export interface InternalKeysParts {
  readonly groupKeys: GroupKeys;
  readonly sections: SectionStore;
  readonly lane: RevisionLane;
  readonly reissue: Reissue;
}

export function createInternalKeys(deps: ControlPlaneDeps, parts: InternalKeysParts): InternalKeys {
  const { fleet } = deps.data;

  async function rowsOf(groupId: string): Promise<InternalKeyRow[]> {
    const rows = await fleet.internalKey.findMany({
      where: { groupId },
      orderBy: [{ createdAt: "desc" }, { kid: "asc" }],
      select: { kid: true, algorithm: true, createdAt: true, signFrom: true },
    });
    const now = deps.clock.now();
    const signing = rows.find(({ signFrom }) => signFrom.getTime() <= now);
    return rows.map((row) => ({ ...row, state: row === signing ? "signing" : row.signFrom.getTime() > now ? "next" : "retired" }));
  }

  async function groupNamed(rawName: string): Promise<{ id: string; name: string }> {
    const { name } = parse(objectName, { name: rawName });
    const group = await fleet.nodeGroup.findUnique({ where: { name }, select: { id: true, name: true } });
    if (group === null) throw notFound("node group");
    return group;
  }

  return {
    async list(scope, name) {
      requireOnFleet(scope, "node.read");
      return rowsOf((await groupNamed(name)).id);
    },

    async rotate(scope, rawName) {
      requireOnFleet(scope, "node.write");
      const { id, name } = await groupNamed(rawName);
      await parts.lane(async (tx) => {
        const made = await parts.groupKeys.rotate(tx, id);
        if (made === null)
          throw new ServiceError("precondition", `${name} has no key for internal tokens yet. Publish a propagation policy that mints them first.`);
        const after = { kid: made.kid, signFrom: made.signFrom.toISOString() };
        const entry = { action: "internal_key.rotate", targetKind: "NodeGroup", targetName: name, after };
        await recordAudit(tx, scope.actor, [entry], new Date(deps.clock.now()));
        await parts.reissue(tx, scope.actor, `The key for internal tokens of ${name} is rotated`);
      });
      return rowsOf(id);
    },

    async published(name) {
      return withFleet(fleet, async (tx) => {
        // The hash alone: whoever asks is nobody, and a manifest is as long as there are tenants.
        const [row] = await tx.$queryRaw<{ hash: string | null }[]>`
          select g.manifest->>${INTERNAL_KEYS_SECTION}::text as hash
          from node_group n join revision_group g on g.group_id = n.id
          where n.name = ${name} and g.revision = (select max(number) from revision)
          limit 1`;
        const hash = row?.hash ?? null;
        const section = hash === null ? undefined : (await parts.sections.get(tx, [hash])).get(hash);
        if (section?.kind !== "internal-keys") return null;
        const { jwksMaxAgeSeconds } = (await readSettings(tx)).spec.internalTokens;
        const needed = verifyingKeys(section.keys, Math.floor(deps.clock.now() / 1_000));
        return {
          keys: needed.map(({ kid, algorithm, publicJwk }) => ({ ...publicJwk, kid, alg: algorithm, use: "sig" })),
          maxAgeSeconds: jwksMaxAgeSeconds,
        };
      });
    },
  };
}
