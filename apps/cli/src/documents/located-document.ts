import { hasComments } from "@sallyport/documents";
import { type Document, isAlias, isCollection, isMap, isPair, isScalar, LineCounter, type Node, type ParsedNode } from "yaml";
import type { Place } from "./finding.js";

type Path = readonly PropertyKey[];

/** A document as it was written, and where each of its parts stands. */
export interface LocatedDocument {
  readonly value: unknown;
  /** As it was written, where that says something to people alone; else null. */
  readonly source: string | null;
  /**
   * Where a part stands: its value, or the nearest part around it when it is missing.
   * @param key point at the member's name instead of its value
   */
  place(path: Path, at?: "key" | "value"): Place;
}

/** What one file was parsed with. */
export interface ParsedFile {
  readonly name: string;
  readonly lines: LineCounter;
}

export const createLines = (): LineCounter => new LineCounter();

export function placeAt({ name, lines }: ParsedFile, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  // An empty file has no line of its own.
  return { file: name, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The pair of a map's member; duplicate keys have been refused when the file was read. */
function pairOf(node: Node | null, key: PropertyKey) {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(key));
}

/** What is said of a secret stays in its file, as its value does. */
const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && Reflect.get(value, "kind") === "Secret";

/** For editors, and about the file: not about what the document declares. */
const SCHEMA_LINE = /^# yaml-language-server:.*\n+/;

function sourceOf(document: Document.Parsed): string | null {
  const text = document
    .toString({ lineWidth: 0 })
    .replace(/^---\n/, "")
    .replace(SCHEMA_LINE, "");
  return text.includes("#") && hasComments(text) ? text : null;
}

export function locatedDocument(file: ParsedFile, document: Document.Parsed<ParsedNode>, value: unknown): LocatedDocument {
  const offsetOf = (node: unknown, fallback: number): number => {
    if (isScalar(node) || isCollection(node) || isAlias(node)) return node.range?.[0] ?? fallback;
    return fallback;
  };
  const resolved = (node: unknown): Node | null => {
    const target = isAlias(node) ? node.resolve(document) : node;
    return isScalar(target) || isCollection(target) ? target : null;
  };
  return {
    value,
    source: isSecret(value) ? null : sourceOf(document),
    place(path, at = "value") {
      let offset = offsetOf(document.contents, document.range[0]);
      let node = resolved(document.contents);
      for (const [index, key] of path.entries()) {
        const pair = pairOf(node, key);
        const child = pair === undefined ? (isCollection(node) ? node.get(String(key), true) : undefined) : pair.value;
        if (pair === undefined && (child === undefined || child === null)) break;
        const keyOffset = offsetOf(pair?.key, offset);
        const wantsKey = at === "key" && index === path.length - 1;
        // A member without a value has no place but its name's.
        offset = wantsKey ? keyOffset : offsetOf(child, keyOffset);
        node = resolved(child);
      }
      return placeAt(file, offset);
    },
  };
}
