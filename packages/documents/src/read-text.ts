import { isAlias, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";

/** Counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TextFault extends Place {
  readonly message: string;
}

/** What a text of one YAML document says, or why it says nothing. */
export type ReadText =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Where a part stands: its value, or the nearest part around it when it is missing. */
      readonly place: (path: readonly PropertyKey[]) => Place;
    }
  | { readonly ok: false; readonly faults: readonly TextFault[] };

/** YAML 1.2 core schema, as files are read. Unknown tags and repeated names are faults. */
export function readText(text: string): ReadText {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: "core", version: "1.2", uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    ...placeAt(pos[0]),
    message: `is not valid YAML: ${message}`,
  }));
  if (faults.length > 0) return { ok: false, faults };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // A value that holds itself is none that could be declared.
    JSON.stringify(value);
    const place = (path: readonly PropertyKey[]): Place => {
      let node: Node | null = document.contents;
      let offset = node?.range?.[0] ?? 0;
      for (const key of path) {
        const around: Node | undefined | null = isAlias(node) ? node.resolve(document) : node;
        if (!isCollection(around)) break;
        const pair = isMap(around) ? around.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key)) : undefined;
        const next: unknown = pair === undefined ? around.get(key, true) : pair.value;
        if (pair === undefined && next === undefined) break;
        const keyOffset: number = isScalar(pair?.key) ? (pair.key.range?.[0] ?? offset) : offset;
        node = isScalar(next) || isCollection(next) || isAlias(next) ? next : null;
        offset = node?.range?.[0] ?? keyOffset;
      }
      return placeAt(offset);
    };
    return { ok: true, value, place };
  } catch (error) {
    // Aliases that lead nowhere, or that would unfold without bound.
    return { ok: false, faults: [{ line: 1, column: 1, message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }] };
  }
}
