import type { Prisma } from "@sallyport/data";
import { ed25519PublicJwk } from "@sallyport/snapshot";
import { importJWK } from "jose";
import type { ControlPlaneDeps } from "../deps.js";
import { batched } from "./batches.js";

/** An enrolled, active node as far as its calls need it. */
export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  /** Of the key that it calls by. */
  readonly kid: string;
  /** The node has given that key up, and it is still good for a while. */
  readonly isPrevious: boolean;
  /** Somebody asked it to renew its keys. */
  readonly renewalAsked: boolean;
  readonly groupId: string;
  readonly groupName: string;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  readonly appliedRevision: number | null;
  readonly appliedEpoch: number | null;
  readonly appliedRootHash: string | null;
  readonly nackedRevision: number | null;
  /** The statement of the key that it decrypts with; null before it made one. */
  readonly encryptionKey: string | null;
}

/** Whose a key was that nobody may call by any more. */
interface PastNode {
  readonly id: string;
  readonly name: string;
  readonly key: NodeRecord["key"];
}

const FACTS = {
  id: true,
  name: true,
  groupId: true,
  appliedRevision: true,
  appliedEpoch: true,
  appliedRootHash: true,
  nackedRevision: true,
  encryptionKey: true,
  renewalAskedAt: true,
  group: { select: { name: true } },
} as const satisfies Prisma.NodeSelect;

/**
 * Nodes by their key's id, kept for seconds and read many at a time: an idle poll costs no query, and a thousand that wake cost one.
 * As long as nothing about a node changes, its record is one and the same object.
 */
export interface NodeDirectory {
  /** Null for a node that is unknown, revoked or archived. */
  find(kid: string): Promise<NodeRecord | null>;
  /** The active node that this key was once the key of, and is no more: `find` gives null for it. */
  findPast(kid: string): Promise<PastNode | null>;
  /** What `find` would give without asking the database; null where it would have to. Of nodes that are looked at so, records are renewed in time. */
  peek(kid: string): NodeRecord | null;
  /** Who had this key and may call no more, asked of the database each time; null for a node that may, and for nobody. */
  findRevoked(kid: string): Promise<Pick<NodeRecord, "id" | "key"> | null>;
  /** Forget one, or all: something about them changed. */
  forget(kid?: string): void;
}

/** With notifications lost, a revoked node is stopped after this long at the latest. */
const KEEP_MS = 5_000;
const MAX_KEPT = 20_000;
/** Records that are looked at when they have this long left are read anew, together with all that come to it within the pause, ms. */
const RENEW_MS = 2_500;
const RENEW_PAUSE_MS = 250;

interface Kept {
  readonly until: number;
  readonly record: Promise<NodeRecord | null>;
  /** Once it is there. */
  settled: NodeRecord | null;
  renews: boolean;
}

export function createNodeDirectory(deps: ControlPlaneDeps): NodeDirectory {
  const kept = new Map<string, Kept>();

  /** A `kid` is the thumbprint of its key: what was imported once is good for ever. */
  const keys = new Map<string, NodeRecord["key"]>();
  async function keyOf(kid: string, publicKey: unknown): Promise<NodeRecord["key"]> {
    const known = keys.get(kid);
    if (known !== undefined) return known;
    const { kty, crv, x } = ed25519PublicJwk.parse(publicKey);
    const key = await importJWK({ kty, crv, x }, "EdDSA");
    if (keys.size >= MAX_KEPT) keys.clear();
    keys.set(kid, key);
    return key;
  }

  const read = batched(async (kids: readonly string[]): Promise<(NodeRecord | null)[]> => {
    const { fleet } = deps.data;
    const rows = await fleet.node.findMany({
      where: { kid: { in: [...kids] }, status: "active" },
      select: { ...FACTS, kid: true, publicKey: true },
    });
    const records = new Map<string, NodeRecord>();
    const add = async (
      node: Prisma.NodeGetPayload<{ select: typeof FACTS }>,
      kid: string,
      publicKey: unknown,
      isPrevious: boolean,
    ): Promise<void> => {
      const { group, renewalAskedAt, ...facts } = node;
      const key = await keyOf(kid, publicKey);
      records.set(kid, { ...facts, kid, isPrevious, renewalAsked: renewalAskedAt !== null, groupName: group.name, key });
    };
    for (const { kid, publicKey, ...node } of rows) await add(node, kid, publicKey, false);
    const unknown = kids.filter((kid) => !records.has(kid));
    if (unknown.length > 0) {
      const past = await fleet.nodePastKey.findMany({
        where: { kid: { in: unknown }, acceptedUntil: { gt: new Date(deps.clock.now()) }, node: { status: "active" } },
        select: { kid: true, publicKey: true, node: { select: FACTS } },
      });
      for (const { kid, publicKey, node } of past) await add(node, kid, publicKey, true);
    }
    return kids.map((kid) => records.get(kid) ?? null);
  });

  /** The one that is kept already, when nothing is different. */
  const reread = async (kid: string, before: NodeRecord | null): Promise<NodeRecord | null> => {
    const record = await read(kid);
    return before !== null && record !== null && isSame(before, record) ? before : record;
  };

  function keep(kid: string, before: NodeRecord | null): Kept {
    const record = reread(kid, before);
    const entry: Kept = { until: deps.clock.now() + KEEP_MS, record, settled: null, renews: false };
    record.then(
      (settled) => {
        entry.settled = settled;
      },
      // A failed look is not remembered.
      () => {
        if (kept.get(kid) === entry) kept.delete(kid);
      },
    );
    return entry;
  }

  const renewing = new Map<string, Kept>();
  const renew = (): void => {
    const due = [...renewing];
    renewing.clear();
    for (const [kid, old] of due) {
      // Forgotten meanwhile: what was known of it is worth nothing.
      if (kept.get(kid) !== old) continue;
      const entry = keep(kid, old.settled);
      const replace = (): void => {
        if (kept.get(kid) === old) kept.set(kid, entry);
      };
      entry.record.then(replace, () => undefined);
    }
  };

  return {
    find(kid) {
      const now = deps.clock.now();
      const found = kept.get(kid);
      if (found !== undefined && found.until > now) return found.record;
      if (kept.size >= MAX_KEPT) kept.clear();
      const entry = keep(kid, found?.settled ?? null);
      kept.set(kid, entry);
      return entry.record;
    },
    async findPast(kid) {
      const past = await deps.data.fleet.nodePastKey.findFirst({
        where: { kid, node: { status: "active" } },
        select: { publicKey: true, node: { select: { id: true, name: true } } },
      });
      return past === null ? null : { ...past.node, key: await keyOf(kid, past.publicKey) };
    },
    peek(kid) {
      const found = kept.get(kid);
      const left = found === undefined ? 0 : found.until - deps.clock.now();
      if (found === undefined || left <= 0) return null;
      if (left < RENEW_MS && !found.renews) {
        found.renews = true;
        if (renewing.size === 0) setTimeout(renew, RENEW_PAUSE_MS).unref();
        renewing.set(kid, found);
      }
      return found.settled;
    },
    async findRevoked(kid) {
      const node = await deps.data.fleet.node.findFirst({ where: { kid, status: { not: "active" } }, select: { id: true, publicKey: true } });
      return node === null ? null : { id: node.id, key: await keyOf(kid, node.publicKey) };
    },
    forget(kid) {
      if (kid === undefined) kept.clear();
      else kept.delete(kid);
    },
  };
}

/** Keys are compared as objects: those of one `kid` are one. */
function isSame(a: NodeRecord, b: NodeRecord): boolean {
  return (Object.keys(b) as (keyof NodeRecord)[]).every((name) => a[name] === b[name]);
}
