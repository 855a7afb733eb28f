import type { JsonValue } from "@sallyport/snapshot";
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type Scalar, visit, type YAMLMap, type YAMLSeq } from "yaml";
import { isSame } from "./same.js";

type Nodes = Document.Parsed;

const jsonOf = (document: Nodes, node: unknown): unknown => (isNode(node) ? node.toJS(document) : null);
const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

/** Anchors and aliases are written out: a change of one place must not be one of another. */
export function withoutAliases(document: Nodes): void {
  visit(document, {
    Alias: (_, alias) => {
      const target = alias.resolve(document);
      return target === undefined ? undefined : (target.clone() as Node);
    },
  });
  visit(document, {
    Node: (_, node) => {
      if ("anchor" in node) delete node.anchor;
    },
  });
}

/** A node for a value, with the comments of the one that it takes the place of. */
function replaced(document: Nodes, node: Node | null, value: JsonValue): Node {
  const fresh = document.createNode(value) as Node;
  if (node === null) return fresh;
  if (node.comment) fresh.comment = node.comment;
  if (node.commentBefore) fresh.commentBefore = node.commentBefore;
  if (node.spaceBefore) fresh.spaceBefore = true;
  return fresh;
}

function mergeMap(document: Nodes, map: YAMLMap, value: Readonly<Record<string, JsonValue>>): void {
  // What stands above the first member is the map's; it stays where it is when the member goes.
  map.items = map.items.filter((pair) => Object.hasOwn(value, keyOf(pair)));
  const known = new Map(map.items.map((pair) => [keyOf(pair), pair]));
  for (const [key, member] of Object.entries(value)) {
    const pair = known.get(key);
    if (pair === undefined) map.items.push(document.createPair(key, member));
    else pair.value = merged(document, isNode(pair.value) ? pair.value : null, member);
  }
}

/** Members that stay are found by what they say, wherever they stand now. */
function mergeSeq(document: Nodes, seq: YAMLSeq, value: readonly JsonValue[]): void {
  const left = [...seq.items];
  const kept = value.map((member) => {
    const at = left.findIndex((item) => isSame(jsonOf(document, item), member));
    return at < 0 ? null : (left.splice(at, 1)[0] ?? null);
  });
  // Of maps that were changed the next unused one is taken to be the same.
  seq.items = value.map((member, index) => {
    const same = kept[index];
    if (same !== null && same !== undefined) return same;
    const isCollection = typeof member === "object" && member !== null;
    const at = isCollection ? left.findIndex((item) => isMap(item) || isSeq(item)) : -1;
    const node = at < 0 ? null : (left.splice(at, 1)[0] as Node);
    return merged(document, node, member);
  });
}

function mergeScalar(scalar: Scalar, value: JsonValue): Scalar {
  if (isSame(scalar.value, value)) return scalar;
  scalar.value = value;
  delete scalar.source;
  delete scalar.format;
  delete scalar.minFractionDigits;
  return scalar;
}

/** The node that says this value: the one that was there, as far as it can stay. */
export function merged(document: Nodes, node: Node | null, value: JsonValue): Node {
  if (node === null || isAlias(node)) return replaced(document, null, value);
  if (isMap(node) && typeof value === "object" && value !== null && !Array.isArray(value))
    mergeMap(document, node, value as Record<string, JsonValue>);
  else if (isSeq(node) && Array.isArray(value)) mergeSeq(document, node, value as readonly JsonValue[]);
  else if (isScalar(node) && (typeof value !== "object" || value === null)) return mergeScalar(node, value);
  else return replaced(document, node, value);
  return node;
}
