import type { z } from "zod";
import { parseJson } from "../files/read-if-there.js";
import { StoredSection } from "./stored-section.js";

interface RevisionLines<H> {
  readonly header: H;
  /** By the names as they stand there: they are checked against the manifest where those of a delivery are. */
  readonly sections: ReadonlyMap<string, StoredSection>;
}

const NEWLINE = 0x0a;
const BLANK = 0x20;
const BRACE = 0x7b;

/**
 * Revisions as a file: of each a header, one line of JSON, and then for each section a line of its name, a blank, and its canonical JSON.
 * @param pieces of the file, each of whole lines
 * @param sameBuild whether a build with this very schema wrote the sections
 * @returns one at least, or why it is none, as a clause that follows "the file"
 */
export function readRevisionLines<H extends z.ZodType>(
  pieces: Iterable<Buffer>,
  header: H,
  sameBuild: (header: z.output<H>) => boolean,
): { readonly ok: true; readonly value: readonly RevisionLines<z.output<H>>[] } | { readonly ok: false; readonly reason: string } {
  const revisions: RevisionLines<z.output<H>>[] = [];
  let last: { readonly sections: Map<string, StoredSection>; readonly sameBuild: boolean } | null = null;
  for (const { line, isWhole } of linesOf(pieces)) {
    if (last === null || line[0] === BRACE) {
      const parsed = header.safeParse(parseJson(line.toString("utf8")));
      if (!parsed.success) return { ok: false, reason: "does not begin with a signed envelope" };
      last = { sections: new Map(), sameBuild: sameBuild(parsed.data) };
      revisions.push({ header: parsed.data, sections: last.sections });
      continue;
    }
    const blank = line.indexOf(BLANK);
    if (!isWhole || blank < 1) return { ok: false, reason: "has a line that is torn" };
    last.sections.set(line.toString("latin1", 0, blank), new StoredSection(line.subarray(blank + 1), last.sameBuild));
  }
  return last === null ? { ok: false, reason: "is empty" } : { ok: true, value: revisions };
}

function* linesOf(pieces: Iterable<Buffer>): Generator<{ readonly line: Buffer; readonly isWhole: boolean }, void, void> {
  for (const bytes of pieces) {
    for (let from = 0; from < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, from);
      const line = bytes.subarray(from, newline < 0 ? bytes.length : newline);
      from += line.length + 1;
      yield { line, isWhole: newline >= 0 };
    }
  }
}
