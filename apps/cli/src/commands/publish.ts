import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { publishedAnswer } from "../rest/views.js";
import { ACKNOWLEDGE, CONFIRM, MESSAGE, SECTIONS, TIMEOUT, WAIT } from "./options.js";
import { waitForNodes } from "./wait-for-nodes.js";

/** A publish validates and compiles everything before it answers. */
const PUBLISH_TIMEOUT_MS = 180_000;

/** What the author says to the warnings. */
export interface ConsentOptions {
  readonly acknowledge?: readonly string[];
  readonly confirm?: string;
}

interface Publishing extends ConsentOptions {
  readonly message: string;
  /** Sections to publish, `tenants/acme`; absent means everything that differs. */
  readonly sections?: readonly string[];
  readonly wait: boolean;
  readonly timeoutSeconds: number;
  /** Where each node's line goes. */
  readonly report: (line: string) => void;
}

/** Publishes the draft, and waits for the nodes where asked. @returns the new revision's number */
export async function publish(cli: Cli, { message, sections, wait, timeoutSeconds, report, ...consent }: Publishing): Promise<number> {
  const rest = await cli.rest();
  const body = { comment: message, ...(sections === undefined ? {} : { sections }), ...consent };
  const { revision } = await rest.call({ method: "POST", path: "/revisions", body, answer: publishedAnswer, timeoutMs: PUBLISH_TIMEOUT_MS });
  cli.io.say(`Published revision ${revision}.`);
  if (wait) await waitForNodes(cli, { rest, revision, timeoutSeconds, report });
  return revision;
}

interface PublishOptions extends FormatOptions, ConsentOptions {
  readonly section?: readonly string[];
  readonly message: string;
  readonly wait?: boolean;
  readonly timeout: number;
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
    .option(...ACKNOWLEDGE)
    .option(...CONFIRM)
    .option(...WAIT)
    .option(...TIMEOUT);
  withFormat(publishCommand).action(async ({ message, section, acknowledge, confirm, wait = false, timeout, ...format }: PublishOptions) => {
    const revision = await publish(cli, {
      ...{ message, wait, timeoutSeconds: timeout, report: reportFor(format) },
      ...(section === undefined ? {} : { sections: section }),
      ...(acknowledge === undefined ? {} : { acknowledge }),
      ...(confirm === undefined ? {} : { confirm }),
    });
    print(io, format, { revision }, () => []);
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
