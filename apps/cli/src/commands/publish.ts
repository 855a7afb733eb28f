import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import { Failure } from "../failure.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { publishedAnswer, submittedAnswer } from "../rest/views.js";
import { dryRun } from "./dry-run.js";
import { ACKNOWLEDGE, BREAK_GLASS, CONFIRM, MESSAGE, OVERRULE, REASON, SECTIONS, TIMEOUT, WAIT } from "./options.js";
import { PLAN_OPTIONS, type PlanOptions, planOf, type RolloutPlan, timeOf } from "./rollout-plan.js";
import { waitForNodes } from "./wait-for-nodes.js";
import { waitForRollout } from "./wait-for-rollout.js";

/** A publish validates and compiles everything before it answers. */
const PUBLISH_TIMEOUT_MS = 180_000;

/** What the author says to the warnings. */
export interface ConsentOptions {
  readonly acknowledge?: readonly string[];
  readonly confirm?: string;
  /** Of policy tests that fail. */
  readonly overrule?: { readonly confirm: string; readonly reason: string };
  /** Without the approval that the installation asks for. */
  readonly breakGlass?: { readonly confirm: string; readonly reason: string };
}

interface Publishing extends ConsentOptions {
  readonly message: string;
  /** Sections to publish, `tenants/acme`; absent means everything that differs. */
  readonly sections?: readonly string[];
  /** In stages; absent means to all nodes at once. */
  readonly rollout?: RolloutPlan;
  readonly supersede?: boolean;
  readonly wait: boolean;
  readonly timeoutSeconds: number;
  /** Where each node's line goes. */
  readonly report: (line: string) => void;
}

/** What a publish became: a revision, or a request that waits for a second person. */
export type Published = { readonly revision: number } | { readonly waiting: number };

/** Publishes the draft, and waits for the nodes where asked. */
export async function publish(
  cli: Cli,
  { message, sections, rollout, supersede = false, wait, timeoutSeconds, report, ...consent }: Publishing,
): Promise<Published> {
  const rest = await cli.rest();
  const body = {
    ...{ comment: message, ...(sections === undefined ? {} : { sections }), ...consent },
    ...(rollout === undefined ? {} : { rollout }),
    ...(supersede ? { supersede } : {}),
  };
  const answer = await rest.call({ method: "POST", path: "/revisions", body, answer: submittedAnswer, timeoutMs: PUBLISH_TIMEOUT_MS });
  const { revision, waiting } = answer;
  if (revision === undefined) {
    if (waiting === undefined) throw new Failure("The control plane answered with neither a revision nor a request.");
    cli.io.say(`Waiting for approval: request ${waiting}. Somebody else approves it: sallyport approvals approve ${waiting}`);
    // Nothing runs that could be waited for.
    if (wait) cli.end(EXIT.failed);
    return { waiting };
  }
  if (rollout === undefined) {
    cli.io.say(`Published revision ${revision}.`);
    if (wait) await waitForNodes(cli, { rest, revision, timeoutSeconds, report });
    return { revision };
  }
  cli.io.say(`Published revision ${revision} to the first of its stages. See how it goes: sallyport rollout status ${revision}`);
  if (wait) await waitForRollout(cli, { rest, revision, timeoutSeconds, report });
  return { revision };
}

/** What commander makes of the options that every publishing command has. */
export interface PublishingOptions extends Omit<ConsentOptions, "overrule" | "breakGlass">, PlanOptions {
  readonly overrule?: string;
  readonly breakGlass?: string;
  readonly reason?: string;
  readonly wait?: boolean;
  readonly timeout: number;
}

interface PublishOptions extends FormatOptions, PublishingOptions {
  readonly dryRun?: boolean;
  readonly section?: readonly string[];
  readonly message: string;
}

/** Adds them: consent, stages, waiting. */
export function withPublishing(command: Command): Command {
  for (const [flags, description] of [ACKNOWLEDGE, CONFIRM, OVERRULE, BREAK_GLASS, REASON, WAIT]) command.option(flags, description);
  command.option(...TIMEOUT);
  for (const option of PLAN_OPTIONS) command.addOption(option());
  return command;
}

/** @throws Failure where the word or the reason is missing */
function exceptionsOf({ overrule, breakGlass, reason }: PublishingOptions): Pick<ConsentOptions, "overrule" | "breakGlass"> {
  const words = [overrule, breakGlass].filter((word) => word !== undefined);
  if (words.length === 0 && reason === undefined) return {};
  if (words.length === 0 || reason === undefined)
    throw new Failure("Give both a word and a reason: --overrule <word> or --break-glass <word>, and --reason <text>.");
  return {
    ...(overrule === undefined ? {} : { overrule: { confirm: overrule, reason } }),
    ...(breakGlass === undefined ? {} : { breakGlass: { confirm: breakGlass, reason } }),
  };
}

/** @throws Failure for options that do not go together */
function consentOf(options: PublishingOptions): ConsentOptions {
  const { acknowledge, confirm } = options;
  return {
    ...(acknowledge === undefined ? {} : { acknowledge }),
    ...(confirm === undefined ? {} : { confirm }),
    ...exceptionsOf(options),
  };
}

/**
 * Stages, consent, and how long to wait: as long as the stages last, where nobody says otherwise.
 * @param command the one that was given the options
 * @throws Failure for options that do not go together
 */
export function publishingOf(
  options: PublishingOptions,
  command: Command,
): ConsentOptions & Pick<Publishing, "rollout" | "supersede" | "wait" | "timeoutSeconds"> {
  const { wait = false, supersede = false, timeout } = options;
  const rollout = planOf(options);
  const isAsked = command.getOptionValueSource("timeout") !== "default";
  return {
    ...{ wait, supersede, timeoutSeconds: rollout === undefined || isAsked ? timeout : timeout + timeOf(rollout) },
    ...(rollout === undefined ? {} : { rollout }),
    ...consentOf(options),
  };
}

/** `sallyport publish` and `sallyport rollback`. */
export function registerPublish(program: Command, cli: Cli): void {
  const { io } = cli;
  // Each node's line is data for people; with another form, the data is the one document at the end.
  const reportFor = ({ output, json }: FormatOptions) => (output === "table" && !json ? io.out : io.say);

  const publishCommand = program
    .command("publish")
    .description("publish the draft as a new, signed revision")
    .requiredOption(...MESSAGE)
    .option(...SECTIONS)
    .option("--dry-run", "publish nothing: say what it would be, policy tests included; exit code 1 when it would be refused");
  withFormat(withPublishing(publishCommand)).action(async (options: PublishOptions, command: Command) => {
    const { message, section } = options;
    const format: FormatOptions = { output: options.output, ...(options.json === undefined ? {} : { json: options.json }) };
    const sections = section === undefined ? {} : { sections: section };
    const publishing = publishingOf(options, command);
    if (options.dryRun === true) return await dryRun(cli, { ...sections, consent: consentOf(options), format });
    const published = await publish(cli, { ...{ message, report: reportFor(format) }, ...sections, ...publishing });
    print(io, format, published, () => []);
  });

  const rollbackCommand = program
    .command("rollback <revision>")
    .description("make a new revision with the content of an older one; the draft stays as it is")
    .requiredOption(...MESSAGE)
    .option(...CONFIRM)
    .option(...WAIT)
    .option(...TIMEOUT);
  withFormat(rollbackCommand).action(async (to: string, { message, confirm, wait = false, timeout, ...format }: PublishOptions) => {
    const rest = await cli.rest();
    const { revision } = await rest.call({
      method: "POST",
      path: `/revisions/${encodeURIComponent(to)}/rollback`,
      body: { comment: message, ...(confirm === undefined ? {} : { confirm }) },
      answer: publishedAnswer,
      timeoutMs: PUBLISH_TIMEOUT_MS,
    });
    io.say(`Published revision ${revision} with the content of ${to}.`);
    if (wait) await waitForNodes(cli, { rest, revision, timeoutSeconds: timeout, report: reportFor(format) });
    print(io, format, { revision }, () => []);
  });
}
