import type { FleetTransaction } from "@sallyport/data";
import { canonicalJson, type JsonValue, type Section, section } from "@sallyport/snapshot";

/** A section that is to be stored, under its hash. */
interface StoredSection {
  readonly hash: string;
  readonly section: Section;
}

/** Where sections are read. They never change: a transaction is not needed for it. */
type SectionRows = Pick<FleetTransaction, "section">;

/** Sections by hash. They never change, so what was read once is good for ever; the memory is bounded by count. */
export interface SectionStore {
  /** Stores those that are not there yet. */
  put(tx: FleetTransaction, sections: readonly StoredSection[]): Promise<void>;
  /** @throws Error when one of the hashes has no section: a revision must never name what is not there. */
  get(from: SectionRows, hashes: readonly string[]): Promise<Map<string, Section>>;
}

/** Rows a statement: keeps each well below the protocol's limits. */
const CHUNK = 200;

export function createSectionStore(options: { readonly maxKept: number } = { maxKept: 20_000 }): SectionStore {
  const kept = new Map<string, Section>();
  const keep = (hash: string, value: Section): void => {
    kept.delete(hash);
    kept.set(hash, value);
    if (kept.size <= options.maxKept) return;
    const oldest = kept.keys().next();
    if (oldest.done === false) kept.delete(oldest.value);
  };
  return {
    async put(tx, sections) {
      for (let start = 0; start < sections.length; start += CHUNK) {
        const rows = sections.slice(start, start + CHUNK).map(({ hash, section: body }) => {
          // Specs are zod outputs: JSON by construction.
          const text = canonicalJson(body as unknown as JsonValue);
          return `{"hash":"${hash}","bytes":${Buffer.byteLength(text)},"body":${text}}`;
        });
        await tx.$executeRaw`
          insert into section (hash, body, bytes)
          select hash, body, bytes from jsonb_to_recordset(${`[${rows.join(",")}]`}::jsonb) as r (hash text, body jsonb, bytes int)
          on conflict (hash) do nothing`;
      }
      for (const { hash, section: body } of sections) keep(hash, body);
    },
    async get(from, hashes) {
      const found = new Map<string, Section>();
      const missing: string[] = [];
      for (const hash of new Set(hashes)) {
        const body = kept.get(hash);
        if (body === undefined) missing.push(hash);
        else found.set(hash, body);
      }
      for (let start = 0; start < missing.length; start += CHUNK) {
        const rows = await from.section.findMany({
          where: { hash: { in: missing.slice(start, start + CHUNK) } },
          select: { hash: true, body: true },
        });
        for (const row of rows) {
          const body = section.parse(row.body);
          found.set(row.hash, body);
          keep(row.hash, body);
        }
      }
      const lost = missing.find((hash) => !found.has(hash));
      if (lost !== undefined) throw new Error(`Section ${lost} is named by a revision and not in the database.`);
      return found;
    },
  };
}
