import type { FieldChange, PlannedChange } from "../rest/views.js";
import { coloured } from "./colour.js";

const WORDS = {
  create: { sign: "+", meaning: "added" },
  update: { sign: "~", meaning: "changed" },
  delete: { sign: "-", meaning: "removed" },
} as const;

const text = (value: unknown): string => (value === undefined ? "(not set)" : JSON.stringify(value));

function fieldLine({ path, before, after, added = [], removed = [] }: FieldChange): string {
  if (before !== undefined && after !== undefined && added.length + removed.length > 0)
    return `    ${path}: ${[...removed.map((member) => `-${JSON.stringify(member)}`), ...added.map((member) => `+${JSON.stringify(member)}`)].join(" ")}`;
  return `    ${path}: ${text(before)} → ${text(after)}`;
}

/** What would change, object by object; fields of updates only: a created object stands in the author's own file. */
export function changeLines(changes: readonly PlannedChange[], colour: boolean): string[] {
  return changes.flatMap(({ kind, name, tenant, change, fields }) => {
    if (change === "unchanged") return [];
    const { sign, meaning } = WORDS[change];
    const head = coloured(`${sign} ${kind} ${tenant === undefined ? "" : `${tenant}/`}${name}`, meaning, colour);
    return [head, ...(change === "update" ? fields.map(fieldLine) : [])];
  });
}

/** `2 to create, 1 to change, 4 unchanged`. */
export function changeSummary(changes: readonly PlannedChange[]): string {
  const count = (wanted: PlannedChange["change"]) => changes.filter(({ change }) => change === wanted).length;
  const parts = [
    [count("create"), "to create"],
    [count("update"), "to change"],
    [count("delete"), "to delete"],
    [count("unchanged"), "unchanged"],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  return said.length === 0 ? "nothing to do" : said.join(", ");
}

export const hasChanges = (changes: readonly PlannedChange[]): boolean => changes.some(({ change }) => change !== "unchanged");
