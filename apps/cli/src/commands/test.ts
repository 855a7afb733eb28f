import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { testLines } from "../output/test-lines.js";
import { testsAnswer } from "../rest/views.js";

/** Compiling ten thousand tenants takes its time, and so do their tests. */
const TIMEOUT_MS = 180_000;

interface TestOptions extends FormatOptions {
  readonly tenant?: string;
  readonly on: "draft" | "live";
}

/** `sallyport test`: the policy tests, as a publish would run them. */
export function registerTest(program: Command, cli: Cli): void {
  const command = program
    .command("test")
    .description("run the policy tests; exit code 2 when one fails, 1 when they cannot be run")
    .option("--tenant <slug>", "those of one tenant; else all, and those of the whole fleet")
    .addOption(new Option("--on <content>", "what they run on").choices(["draft", "live"]).default("draft"));
  withFormat(command).action(async ({ tenant, on, ...format }: TestOptions) => {
    const { io } = cli;
    const rest = await cli.rest();
    const path = tenant === undefined ? ("/test-runs" as const) : (`/tenants/${encodeURIComponent(tenant)}/test-runs` as const);
    const run = await rest.call({ method: "POST", path, body: { on }, answer: testsAnswer, timeoutMs: TIMEOUT_MS });
    print(io, format, run, () => run.outcomes.flatMap((outcome) => testLines(outcome, io.colour)));
    const content = run.revision === null ? "the draft" : `revision ${run.revision}`;
    io.say(run.outcomes.length === 0 ? "There are no policy tests here." : `${run.passed} passed, ${run.failed} failed on ${content}.`);
    if (run.failed > 0) cli.end(EXIT.changes);
  });
}
