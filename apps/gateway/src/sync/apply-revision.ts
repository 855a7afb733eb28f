import { failpoint } from "@sallyport/failpoints";
import type { CompiledSnapshot, KeySource } from "@sallyport/pipeline";
import { KEY_PURGES_SECTION, SEED_KEYS_SECTION, type SeedKeysSection } from "@sallyport/snapshot";
import type { SnapshotStore } from "../store.js";
import { assemble } from "./assemble.js";
import { checkOrder } from "./check-order.js";
import { compileRevision } from "./compile-revision.js";
import type { CrashGuard } from "./crash-guard.js";
import type { KeyPurges } from "./key-purges.js";
import { type Checked, refused, type UnverifiedRevision, type VerifiedRevision } from "./revision.js";
import { type EnvelopeExpectations, verifyEnvelope } from "./verify-envelope.js";

/** The key source as applying needs it: it learns of new IdPs before the first request can. */
interface ApplyingKeySource extends KeySource {
  /** Public keys last known of each IdP, used until the IdP itself has answered. */
  seed(keys: SeedKeysSection["keys"]): void;
  /** From now on these IdPs exist, and no others. */
  retain(compiled: CompiledSnapshot): void;
}

export interface ApplyContext {
  readonly store: SnapshotStore;
  readonly keys: ApplyingKeySource;
  /** Answers about tokens: those of IdPs that are gone or changed go with them. */
  readonly introspection: { retain(compiled: CompiledSnapshot): void };
  readonly purges: KeyPurges;
  readonly guard: CrashGuard;
  readonly clock: { now(): number };
  readonly expectations: () => EnvelopeExpectations;
}

export interface AppliedRevision {
  readonly revision: VerifiedRevision;
  readonly compiled: CompiledSnapshot;
  /** From the first byte checked to the swapped pointer, ms. */
  readonly applyMs: number;
}

/**
 * The whole way from an unbelieved revision to the running one, the same for a delivery and for the file on disk:
 * signature → order → sections and hashes → compile → swap. Refused whole, or applied whole.
 */
export async function applyRevision(context: ApplyContext, delivery: UnverifiedRevision): Promise<Checked<AppliedRevision>> {
  const began = performance.now();
  const { store, guard } = context;
  const envelope = await verifyEnvelope(delivery.envelope, context.expectations());
  if (!envelope.ok) return envelope;
  const order = checkOrder(envelope.value, store.running?.envelope ?? null);
  if (!order.ok) return order;
  if (guard.isDeadly(envelope.value)) {
    return refused("compile_failed", "envelope", `revision ${envelope.value.revision} ended this node twice; publish a new one`);
  }
  failpoint("node.envelope_verified");
  const assembled = await assemble(envelope.value, delivery, store.running);
  if (!assembled.ok) return assembled;
  failpoint("node.assembled");
  await guard.begin(envelope.value);
  failpoint("node.attempt_noted");
  const compiled = await compileRevision(assembled.value, { revision: store.running, compiled: store.current });
  if (!compiled.ok) {
    await guard.end();
    return compiled;
  }
  failpoint("node.compiled");
  const seeds = assembled.value.sections.get(SEED_KEYS_SECTION);
  if (seeds?.kind === "seed-keys") context.keys.seed(seeds.keys);
  const purges = assembled.value.sections.get(KEY_PURGES_SECTION);
  if (purges?.kind === "key-purges") context.purges.take(purges.purgedAt);
  context.keys.retain(compiled.value);
  context.introspection.retain(compiled.value);
  store.swap(compiled.value, assembled.value, context.clock.now());
  failpoint("node.swapped");
  guard.settle();
  return { ok: true, value: { revision: assembled.value, compiled: compiled.value, applyMs: performance.now() - began } };
}
