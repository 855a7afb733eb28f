import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { withoutLineBreak } from "../documents/secret-values.js";
import { Failure, reasonOf } from "../failure.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { secretFacts } from "../rest/views.js";

interface SetOptions extends FormatOptions {
  readonly fromFile?: string;
  readonly fromEnv?: string;
}

/** The value from where it was said to be; never an argument, which every process of the machine can read. */
async function readValue({ io }: Cli, fromFile: string | undefined, fromEnv: string | undefined): Promise<string> {
  if (fromFile !== undefined && fromEnv !== undefined) throw new Failure("--from-file and --from-env exclude each other.");
  if (fromEnv !== undefined) {
    const value = io.env[fromEnv];
    if (value === undefined || value === "") throw new Failure(`${fromEnv} is not set here.`);
    return value;
  }
  if (fromFile === undefined) return withoutLineBreak(await io.readInput());
  try {
    return withoutLineBreak(await readFile(fromFile, "utf8"));
  } catch (error) {
    throw new Failure(`${fromFile} cannot be read: ${reasonOf(error)}`);
  }
}

/** `sallyport secret set`: a value goes in, and facts about it come out. */
export function registerSecret(program: Command, cli: Cli): void {
  const set = program
    .command("secret")
    .description("values of a tenant's secrets")
    .command("set <tenant> <name>")
    .description("set the value of a declared secret, read from standard input unless an option names another source")
    .option("--from-file <path>", "a file that holds the value; one line break at its end does not count")
    .option("--from-env <variable>", "an environment variable that holds the value");
  withFormat(set).action(async (tenant: string, name: string, { fromFile, fromEnv, ...format }: SetOptions) => {
    const value = await readValue(cli, fromFile, fromEnv);
    const rest = await cli.rest();
    const path = `/tenants/${encodeURIComponent(tenant)}/secrets/${encodeURIComponent(name)}/value` as const;
    const facts = await rest.call({ method: "PUT", path, body: { value }, answer: secretFacts });
    print(cli.io, format, facts, () => [`${tenant}/${name} has version ${facts.valueVersion ?? "none"} of its value`]);
    cli.io.say("Nodes whose live revision uses it get it now, without a publish.");
  });
}
