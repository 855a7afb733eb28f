import { createHash } from "node:crypto";
import type { CompiledIdentityProvider, CompiledSnapshot } from "@sallyport/pipeline";
import { sha256Hex } from "@sallyport/pipeline-node";
import {
  apiKeysSection,
  canonicalJson,
  installationHash,
  type JsonValue,
  type Manifest,
  type RevisionEnvelope,
  rootHash,
  type Section,
  type SectionName,
  seedKeysSection,
} from "@sallyport/snapshot";
import fc from "fast-check";
import { expect, it } from "vitest";
import { fleetOf, hashOf, nameOf, tenantOf } from "../testing/sections.js";
import { assemble } from "./assemble.js";
import { compileRevision } from "./compile-revision.js";
import type { UnverifiedRevision, VerifiedRevision } from "./revision.js";

/** What an operator does between two revisions: tenants come, change and go, and so does what belongs to the installation. */
const edit = fc.record({
  tenants: fc.array(fc.record({ slug: fc.constantFrom("a", "b", "c", "d", "e"), plan: fc.constantFrom(null, "free", "gold") }), { maxLength: 4 }),
  /** Of whom there are API keys, whether or not there is such a tenant. */
  keysOf: fc.uniqueArray(fc.constantFrom("a", "b", "z"), { maxLength: 2 }),
  seeds: fc.constantFrom(null, "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"),
  header: fc.constantFrom("X-Tenant", "X-Tenant", "X-Tenant", "X-Other"),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function edited(sections: ReadonlyMap<SectionName, Section>, { tenants, keysOf, seeds, header }: Edit): Map<SectionName, Section> {
  const next = new Map(sections);
  const put = (section: Section): void => void next.set(nameOf(section), section);
  put(fleetOf({ tenantHeader: header }));
  for (const { slug, plan } of tenants) {
    if (plan === null) next.delete(`tenants/${slug}`);
    else put(tenantOf({ slug, upstream: "http://127.0.0.1:9", issuer: `https://id.example.com/${plan}/${slug}`, rest: { plan } }));
  }
  for (const slug of ["a", "b", "z"] as const) {
    next.delete(`installation/api-keys/${slug}`);
    const entry = { hash: createHash("sha256").update(slug).digest("hex"), subject: "svc", scopes: [], expiresAt: null };
    if (keysOf.includes(slug)) put(apiKeysSection.parse({ kind: "api-keys", tenant: slug, keys: { main: entry } }));
  }
  next.delete("installation/seed-keys");
  if (seeds !== null) put(seedKeysSection.parse({ kind: "seed-keys", keys: { a: { main: { fetchedAt: seeds, jwks: { keys: [] } } } } }));
  return next;
}

const manifestOf = (sections: ReadonlyMap<SectionName, Section>): Manifest =>
  Object.fromEntries([...sections].map(([name, body]) => [name, hashOf(body)]));

const envelopeOf = (manifest: Manifest, revision: number): RevisionEnvelope => ({
  ...{ fleet: "0198f0a0-0000-7000-8000-000000000001", group: "default", schemaVersion: 1, revision, parent: revision - 1, epoch: 1, empty: true },
  rootHash: rootHash(manifest, sha256Hex),
  installationHash: installationHash(manifest, sha256Hex),
  created: "2026-01-01T00:00:00Z",
});

/** As the wire carries it. */
const sent = (sections: Iterable<readonly [SectionName, Section]>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(Object.fromEntries(sections)));

function deltaOf(base: VerifiedRevision, sections: ReadonlyMap<SectionName, Section>): UnverifiedRevision {
  const changed = [...sections].filter(([name, body]) => base.manifest.get(name) !== hashOf(body));
  const removed = [...base.manifest.keys()].filter((name) => !sections.has(name));
  return { envelope: "", base: base.envelope.rootHash, manifest: null, changed: sent(changed), removed };
}

const bytesOf = ({ manifest, sections }: VerifiedRevision): string =>
  canonicalJson({ manifest: Object.fromEntries(manifest), sections: Object.fromEntries(sections) } as unknown as JsonValue);

/** Everything that a compiled snapshot is found by, with the object that is found. */
function shapeOf(compiled: CompiledSnapshot) {
  const idps = (index: ReadonlyMap<string, readonly CompiledIdentityProvider[]>) =>
    [...index].map(([key, list]) => [key, list.map(({ id, issuer }) => `${id} ${issuer}`).sort()]).sort();
  const running = [...compiled.tenants.values()];
  for (const list of [...compiled.issuers.values(), ...compiled.acceptances.values()])
    for (const idp of list) expect(running.some((tenant) => [...tenant.identityProviders.values()].includes(idp))).toBe(true);
  return {
    settings: compiled.settings,
    tenants: running.map(({ slug, source, plan }) => [slug, source, plan]).sort(),
    apiKeys: [...compiled.apiKeys].map(([hash, { tenant }]) => [hash, tenant]).sort(),
    issuers: idps(compiled.issuers),
    acceptances: idps(compiled.acceptances),
  };
}

it("comes by deltas to the same bytes as by fetching everything, and to the same compiled snapshot, whatever is edited in whatever order", async () => {
  let [deltas, parts] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 12 }), async (edits) => {
      let sections: ReadonlyMap<SectionName, Section> = new Map();
      let running: VerifiedRevision | null = null;
      let current: CompiledSnapshot | null = null;
      for (const [index, each] of edits.entries()) {
        sections = edited(sections, each);
        const manifest = manifestOf(sections);
        const envelope = envelopeOf(manifest, index + 1);
        const whole = await assemble(envelope, { envelope: "", base: null, manifest, changed: sent(sections), removed: [] }, null);
        if (!whole.ok) throw new Error(JSON.stringify(whole.errors));
        const next: Awaited<ReturnType<typeof assemble>> = running === null ? whole : await assemble(envelope, deltaOf(running, sections), running);
        if (!next.ok) throw new Error(JSON.stringify(next.errors));
        expect(bytesOf(next.value)).toBe(bytesOf(whole.value));
        const compiled: Awaited<ReturnType<typeof compileRevision>> = await compileRevision(next.value, { revision: running, compiled: current });
        const afresh = await compileRevision(whole.value, { revision: null, compiled: null });
        if (!compiled.ok || !afresh.ok) throw new Error("does not compile");
        expect(shapeOf(compiled.value)).toEqual(shapeOf(afresh.value));
        if (next.value.since !== null) deltas += 1;
        if (compiled.value.changes !== null && compiled.value.changes.brought.length < compiled.value.tenants.size) parts += 1;
        [running, current] = [next.value, compiled.value];
      }
    }),
  );
  expect(deltas).toBeGreaterThan(100);
  expect(parts).toBeGreaterThan(50);
});

it("refuses every delta of which a part is missing, doubled or another's, and leaves the base as it was", async () => {
  const spoil = fc.record({ at: fc.nat(), how: fc.constantFrom("drop", "keep", "swap") });
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(edit, edit, spoil, async (before, after, { at, how }) => {
      const first = edited(new Map(), before);
      const manifest = manifestOf(first);
      const base = await assemble(envelopeOf(manifest, 1), { envelope: "", base: null, manifest, changed: sent(first), removed: [] }, null);
      if (!base.ok) throw new Error(JSON.stringify(base.errors));
      const untouched = bytesOf(base.value);
      const second = edited(first, after);
      const delta = deltaOf(base.value, second);
      const names = Object.keys(delta.changed);
      const name = names[at % Math.max(1, names.length)];
      const { [name ?? ""]: _, ...rest } = delta.changed;
      const other = { ...tenantOf({ slug: "z", upstream: "http://127.0.0.1:9" }) };
      const spoilt: UnverifiedRevision =
        how === "drop" && name !== undefined
          ? { ...delta, changed: rest }
          : how === "keep" && delta.removed.length > 0
            ? { ...delta, removed: delta.removed.slice(1) }
            : { ...delta, changed: { ...delta.changed, "tenants/z": other } };
      const result = await assemble(envelopeOf(manifestOf(second), 2), spoilt, base.value);
      expect(result.ok).toBe(false);
      expect(bytesOf(base.value)).toBe(untouched);
      refusals += 1;
    }),
  );
  expect(refusals).toBeGreaterThan(50);
});
