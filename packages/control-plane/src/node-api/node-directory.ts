import { ed25519PublicJwk } from "@sallyport/snapshot";
import { importJWK } from "jose";
import type { ControlPlaneDeps } from "../deps.js";
import { batched } from "./batches.js";

/** An enrolled, active node as far as its calls need it. */
export interface NodeRecord {
  readonly id: string;
  readonly name: string;
  readonly kid: string;
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

/** Nodes by their key's id, kept for seconds and read many at a time: an idle poll costs no query, and a thousand that wake cost one. */
export interface NodeDirectory {
  /** Null for a node that is unknown, revoked or archived. */
  find(kid: string): Promise<NodeRecord | null>;
  /** Forget one, or all: something about them changed. */
  forget(kid?: string): void;
}

/** With notifications lost, a revoked node is stopped after this long at the latest. */
const KEEP_MS = 5_000;
const MAX_KEPT = 20_000;

export function createNodeDirectory(deps: ControlPlaneDeps): NodeDirectory {
  const kept = new Map<string, { readonly until: number; readonly record: Promise<NodeRecord | null> }>();

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
    const rows = await deps.data.fleet.node.findMany({
      where: { kid: { in: [...kids] }, status: "active" },
      select: {
        id: true,
        name: true,
        kid: true,
        groupId: true,
        publicKey: true,
        appliedRevision: true,
        appliedEpoch: true,
        appliedRootHash: true,
        nackedRevision: true,
        encryptionKey: true,
        group: { select: { name: true } },
      },
    });
    const records = new Map<string, NodeRecord>();
    for (const { publicKey, group, ...facts } of rows)
      records.set(facts.kid, { ...facts, groupName: group.name, key: await keyOf(facts.kid, publicKey) });
    return kids.map((kid) => records.get(kid) ?? null);
  });

  return {
    find(kid) {
      const now = deps.clock.now();
      const found = kept.get(kid);
      if (found !== undefined && found.until > now) return found.record;
      if (kept.size >= MAX_KEPT) kept.clear();
      const record = read(kid);
      kept.set(kid, { until: now + KEEP_MS, record });
      // A failed look is not remembered.
      record.catch(() => kept.delete(kid));
      return record;
    },
    forget(kid) {
      if (kid === undefined) kept.clear();
      else kept.delete(kid);
    },
  };
}
