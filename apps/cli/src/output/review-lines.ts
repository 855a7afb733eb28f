import type { CounterExample, ReviewAnswer, Serving, Warning } from "../rest/views.js";
import { coloured } from "./colour.js";
import { testLines } from "./test-lines.js";

const MAX_NAMED = 10;
const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** The first names, and how many more there are. */
function named(names: readonly string[], total: number): string {
  const more = total - Math.min(names.length, MAX_NAMED);
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Which nodes get it: groups, counts and names. */
export function servingLines({ groups, nodeCount, connectedCount, unserved }: Serving): string[] {
  return [
    `reaches ${countOf(nodeCount, "node")} in ${countOf(groups.length, "group")}, ${connectedCount} connected`,
    ...groups.map((group) => {
      const nodes = group.nodes.map(({ name, connected }) => (connected ? name : `${name} (away)`));
      return `  ${group.name}: ${countOf(group.sections, "section")} for ${group.nodeCount === 0 ? "no node" : named(nodes, group.nodeCount)}`;
    }),
    ...(unserved.length === 0 ? [] : [`  reaches nobody: ${named(unserved, unserved.length)}`]),
  ];
}

function exampleLines({ presents, example, sides }: CounterExample): string[] {
  return [
    `  one ${presents} for two tenants: ${JSON.stringify(example)}`,
    ...sides.flatMap(({ path, rules }) => [`    ${path}`, ...rules.map((rule) => `      ${rule}`)]),
  ];
}

const MEANINGS = { opening: "removed", warning: "changed", notice: undefined } as const;

/** The id stands alone on its line, so that it can be copied behind --acknowledge. */
function warningLines({ id, severity, path, message, remedy }: Warning, colour: boolean): string[] {
  const meaning = MEANINGS[severity];
  const head = meaning === undefined ? severity : coloured(severity, meaning, colour);
  return [`${head}  ${path} ${message}`, `    ${remedy}`, ...(severity === "notice" ? [] : [`    ${id}`])];
}

const short = (hash: string | null): string => (hash === null ? "–" : hash.slice(0, 12));

/** What a publish would be, for people. */
export function reviewLines(review: ReviewAnswer, colour: boolean): string[] {
  const { sections, errors, isolation, warnings, word, tests, testWord, reach } = review;
  return [
    `${countOf(sections.length, "section")} to publish`,
    ...reach.sections.map(({ name, before, after }) => `  ${name}  ${short(before)} → ${short(after)}`),
    ...(reach.metadataOnly.length === 0 ? [] : [`saved for people only, nothing for nodes: ${named(reach.metadataOnly, reach.metadataOnly.length)}`]),
    ...servingLines(reach),
    isolation.ok ? "isolation proven" : coloured("isolation does not hold", "removed", colour),
    ...isolation.violations.flatMap(exampleLines),
    ...errors.map(({ path, message }) => `${coloured("error", "removed", colour)}  ${path} ${message}`),
    ...warnings.flatMap((warning) => warningLines(warning, colour)),
    ...(tests === null || tests.total === 0 ? [] : [`${tests.passed} of ${countOf(tests.total, "policy test")} passed`]),
    ...(tests?.failed ?? []).flatMap((outcome) => testLines(outcome, colour)),
    ...(testWord === null ? [] : [`tests fail: to publish all the same, --overrule "${testWord}" --reason "…"`]),
    ...(word === null ? [] : [`publishing this opens what is protected now: --confirm "${word}"`]),
  ];
}
