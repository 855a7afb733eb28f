import { InvalidArgumentError, Option } from "commander";
import { Failure } from "../failure.js";
import { wholeNumber } from "./options.js";

/** A stage as the API takes it. */
export interface Stage {
  readonly percent?: number;
  /** Node groups that the percent counts in. */
  readonly groups?: readonly string[];
  readonly nodes?: readonly string[];
  readonly soakSeconds: number;
  readonly promote: "automatic" | "manual";
}

export interface RolloutPlan {
  readonly stages: readonly Stage[];
  readonly groups?: readonly string[];
  readonly halt?: { readonly refusalRise?: number; readonly minRequests?: number };
  readonly rollback: "automatic" | "manual";
}

/** What commander makes of the options below. */
export interface PlanOptions {
  readonly stages?: readonly Stage[];
  readonly group?: readonly string[];
  readonly refusalRise?: number;
  readonly minRequests?: number;
  readonly rollback?: boolean;
  readonly supersede?: boolean;
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const DEFAULT_SOAK_SECONDS = 300;
const EXAMPLE = "Write stages as 10%:5m,50%:1h:manual,100%, 10%@edge-us:5m for one node group, or edge-1+edge-2:10m.";

const wrong = (what: string): InvalidArgumentError => new InvalidArgumentError(`${what} ${EXAMPLE}`);

function soakOf(text: string): number | null {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
}

const NAMES = /^(?!\d+$)[a-z0-9-]+(\+[a-z0-9-]+)*$/;

/** `10%`, `10%@edge-us+edge-eu` or `edge-1+edge-2`. */
function whoOf(text: string): Pick<Stage, "percent" | "groups" | "nodes"> {
  const [, percent, groups] = /^(\d{1,3})%(?:@(.*))?$/.exec(text) ?? [];
  if (percent === undefined) {
    if (NAMES.test(text)) return { nodes: text.split("+") };
    throw wrong(`“${text}” is neither a percentage nor names of nodes.`);
  }
  if (groups === undefined) return { percent: Number(percent) };
  if (!NAMES.test(groups)) throw wrong(`“${groups}” are no names of node groups.`);
  return { percent: Number(percent), groups: groups.split("+") };
}

/**
 * Stages in one word: `10%:5m,50%@edge-us,edge-1+edge-2:1h:manual,100%`. Of each: how many nodes, of all groups or of some, or which; how
 * long they have to run it (5m), and `manual` where somebody has to open the next one.
 * @throws InvalidArgumentError, which commander tells with the option's name
 */
export function parseStages(text: string): Stage[] {
  return text.split(",").map((part) => {
    const [who = "", ...rest] = part.trim().split(":");
    const which = whoOf(who);
    let soakSeconds: number | undefined;
    let promote: Stage["promote"] = "automatic";
    for (const word of rest) {
      const soak = soakOf(word);
      if (word === "manual") promote = "manual";
      else if (soak !== null && soakSeconds === undefined) soakSeconds = soak;
      else throw wrong(`“${word}” is neither a time such as 5m nor manual.`);
    }
    return { ...which, soakSeconds: soakSeconds ?? DEFAULT_SOAK_SECONDS, promote };
  });
}

function points(text: string): number {
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError("Write percentage points, such as 5 or 0.5.");
  return Number(text);
}

/** Options of a publish in stages; made anew for each command. */
export const PLAN_OPTIONS: readonly (() => Option)[] = [
  () => new Option("--stages <stages>", "to some nodes first: 10%:5m,50%@edge-us:1h:manual,100% or edge-1+edge-2:10m").argParser(parseStages),
  () => new Option("--group <names...>", "node groups that go in stages; the others get it at once (default: all groups)"),
  () =>
    new Option("--refusal-rise <points>", "halt when the share of refused requests rises by so many percentage points (default: 5)").argParser(
      points,
    ),
  () => new Option("--min-requests <number>", "requests that are needed to tell (default: 100)").argParser(wholeNumber),
  () => new Option("--no-rollback", "stay halted instead of rolling back by itself"),
  () => new Option("--supersede", "take the place of a rollout that is under way"),
];

/**
 * The plan that the options describe; undefined where no stages are named.
 * @throws Failure where the others are named without any: whoever means stages must not publish to all nodes at once
 */
export function planOf({ stages, group, refusalRise, minRequests, rollback = true }: PlanOptions): RolloutPlan | undefined {
  if (stages === undefined) {
    if (group === undefined && refusalRise === undefined && minRequests === undefined && rollback) return undefined;
    throw new Failure("--group, --refusal-rise, --min-requests and --no-rollback belong to stages: add --stages 10%:5m,100%.");
  }
  const halt = { ...(refusalRise === undefined ? {} : { refusalRise }), ...(minRequests === undefined ? {} : { minRequests }) };
  return {
    stages,
    ...(group === undefined ? {} : { groups: group }),
    ...(Object.keys(halt).length === 0 ? {} : { halt }),
    rollback: rollback ? "automatic" : "manual",
  };
}

/** How long the stages have to run altogether, s. */
export const timeOf = ({ stages }: RolloutPlan): number => stages.reduce((sum, { soakSeconds }) => sum + soakSeconds, 0);
