import { type FleetTransaction, withFleet } from "@sallyport/data";
import type { Ed25519PublicJwk, Manifest, Section, SectionName } from "@sallyport/snapshot";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import type { ControlPlaneDeps } from "../deps.js";
import { type SectionChange, sectionChange } from "../draft/section-changes.js";
import { notFound } from "../errors.js";
import { decodeCursor, encodeCursor, type Page, pageOf } from "../page.js";
import { type RollbackInput, revisionNumber } from "../publish/publish.schemas.js";
import { publishedRevision } from "../publish/published-revision.js";
import type { Publisher } from "../publish/publisher.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { storedManifest } from "../publish/stored-manifest.js";
import type { RolloutRow } from "../rollouts/rollout-rows.js";
import { parse } from "../validation.js";
import { type RevisionNode, revisionNodes } from "./node-states.js";
import { receiptOf, signReceipt } from "./receipt.js";
import { parseChanges, REVISION_ROW, type RevisionRow, toRevisionRow, toRevisionRows } from "./revision-rows.js";
import { revisionSectionInput, revisionsInput } from "./revisions.schemas.js";

export interface RevisionDetail extends RevisionRow {
  readonly parent: number;
  readonly epoch: number;
  readonly groups: readonly { readonly name: string; readonly rootHash: string; readonly schemaVersion: number; readonly liveAt: Date | null }[];
  readonly nodes: readonly RevisionNode[];
  /** Field by field against the parent; at most `MAX_CHANGES` sections, `sectionsChanged` has their true number. */
  readonly changes: readonly SectionChange[];
  /** The newest revision before it with other content: what a rollback leads to. Null when there is none. */
  readonly before: number | null;
  /** It goes, or went, in stages; null for one that was offered to all nodes at once. */
  readonly rollout: Pick<RolloutRow, "state"> | null;
}

export interface RevisionSection {
  readonly name: SectionName;
  readonly hash: string;
  readonly body: Section;
}

/** A receipt, and the public keys with which whoever trusts this control plane verifies it. */
interface SignedReceipt {
  /** Compact JWS; its content is a `RevisionReceipt`. */
  readonly receipt: string;
  readonly keys: readonly Ed25519PublicJwk[];
}

export interface Revisions {
  list(actor: Actor, input?: z.input<typeof revisionsInput>): Promise<Page<RevisionRow>>;
  get(actor: Actor, number: number): Promise<RevisionDetail>;
  rollback(actor: Actor, input: RollbackInput): Promise<{ revision: number }>;
  /** What nodes got under this name. @throws ServiceError `not_found`. */
  section(actor: Actor, input: z.input<typeof revisionSectionInput>): Promise<RevisionSection>;
  /** What was published and what became of it at each node, as of now, signed. @throws ServiceError `not_found`. */
  receipt(actor: Actor, number: number): Promise<SignedReceipt>;
}

/** A first publish of thousands of tenants is not shown tenant by tenant. */
const MAX_CHANGES = 200;

export function createRevisions(deps: ControlPlaneDeps, parts: RevisionParts, publisher: Publisher): Revisions {
  async function changesOf(tx: FleetTransaction, parent: number, after: Manifest, names: readonly SectionName[]): Promise<SectionChange[]> {
    const before: Manifest = (await publishedRevision(tx, parent))?.manifest ?? {};
    const shown = names.filter((name) => before[name] !== undefined || after[name] !== undefined).slice(0, MAX_CHANGES);
    const hashes = shown.flatMap((name) => [before[name], after[name]].filter((hash) => hash !== undefined));
    const bodies = await parts.sections.get(tx, hashes);
    return shown.map((name) => sectionChange(name, bodies.get(before[name] ?? ""), bodies.get(after[name] ?? "")));
  }

  /** A revision as it stands at its nodes now. */
  async function standing(tx: FleetTransaction, number: number) {
    const stored = await tx.revision.findUnique({ where: { number }, select: { ...REVISION_ROW, manifest: true } });
    if (stored === null) throw notFound("revision");
    const newest = (await parts.readLive(tx))?.number ?? 0;
    const nodes = await revisionNodes(tx, { number, isLive: number === newest }, deps.clock.now());
    const reached = { applied: nodes.filter(({ state }) => state === "applied").length, targets: nodes.length };
    return {
      ...toRevisionRow(stored, number === newest, reached),
      stored,
      parent: stored.parent,
      epoch: stored.epoch,
      groups: stored.groups.map(({ groupName, rootHash, schemaVersion, liveAt }) => ({ name: groupName, rootHash, schemaVersion, liveAt })),
      nodes,
    };
  }

  return {
    async list(actor, input = {}) {
      requireFleetGrant(actor, "draft.read");
      const { cursor, limit } = parse(revisionsInput, input);
      const below = cursor === undefined ? null : decodeCursor(cursor, z.tuple([revisionNumber]))[0];
      return withFleet(deps.data.fleet, async (tx) => {
        const stored = await tx.revision.findMany({
          ...(below === null ? {} : { where: { number: { lt: below } } }),
          orderBy: { number: "desc" },
          take: limit + 1,
          select: REVISION_ROW,
        });
        const newest = (await parts.readLive(tx))?.number ?? 0;
        const page = pageOf(
          stored,
          limit,
          ({ number }) => encodeCursor([number]),
          (row) => row,
        );
        const items = await toRevisionRows(tx, page.items, newest, deps.clock.now());
        return { items, nextCursor: page.nextCursor, total: newest };
      });
    },

    async get(actor, asked) {
      requireFleetGrant(actor, "draft.read");
      const number = parse(revisionNumber, asked);
      return withFleet(deps.data.fleet, async (tx) => {
        const { stored, ...revision } = await standing(tx, number);
        const before = await tx.revision.findFirst({
          where: { number: { lt: number }, rootHash: { not: stored.rootHash } },
          orderBy: { number: "desc" },
          select: { number: true },
        });
        const names = parseChanges(stored.changes).map(({ name }) => name);
        const changes = await changesOf(tx, stored.parent, storedManifest(stored.manifest), names);
        const rollout = await tx.rollout.findUnique({ where: { revision: number }, select: { state: true } });
        return { ...revision, before: before?.number ?? null, changes, rollout };
      });
    },

    async receipt(actor, asked) {
      requireFleetGrant(actor, "draft.read");
      const number = parse(revisionNumber, asked);
      const [facts, signer, keys] = await Promise.all([parts.installation.facts(), parts.keys.active(), parts.keys.trusted()]);
      const { stored: _stored, ...revision } = await withFleet(deps.data.fleet, (tx) => standing(tx, number));
      const receipt = receiptOf({ fleet: facts.fleetId, revision, issuedAt: new Date(deps.clock.now()) });
      return { receipt: await signReceipt(receipt, signer), keys };
    },

    rollback: (actor, input) => publisher.rollback(actor, input),

    async section(actor, input) {
      requireFleetGrant(actor, "draft.read");
      const { number, section: name } = parse(revisionSectionInput, input);
      return withFleet(deps.data.fleet, async (tx) => {
        const hash = (await publishedRevision(tx, number))?.manifest[name];
        if (hash === undefined) throw notFound("section");
        const body = (await parts.sections.get(tx, [hash])).get(hash);
        if (body === undefined) throw notFound("section");
        return { name, hash, body };
      });
    },
  };
}
