import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { shownOnce } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface JoinTokenOptions extends FormatOptions {
  readonly group: string;
  readonly label: string;
  readonly kind: "one_off" | "reusable";
  readonly expires: number;
}

/** `sallyport join-token create`: the token alone on standard output, so that it can go into a file. */
export function registerJoinToken(program: Command, cli: Cli): void {
  const create = program
    .command("join-token")
    .description("tokens with which new nodes enrol")
    .command("create")
    .description("make one; it is printed now and shown nowhere afterwards")
    .requiredOption("--label <text>", "what it is for")
    .option("--group <name>", "node group that the node joins", "default")
    .addOption(new Option("--kind <kind>", "works once, or as long as it lives").choices(["one_off", "reusable"]).default("one_off"))
    .option("--expires <minutes>", "how long it lives", wholeNumber, 15);
  withFormat(create).action(async ({ group, label, kind, expires, ...format }: JoinTokenOptions) => {
    const rest = await cli.rest();
    const body = { group, label, kind, expiresInMinutes: expires };
    const made = await rest.call({ method: "POST", path: "/join-tokens", body, answer: shownOnce });
    print(cli.io, format, made, () => [made.token]);
    cli.io.say(
      `Works ${kind === "one_off" ? "once" : "for any number of nodes"}, for ${expires} minutes. Start the node with SALLYPORT_JOIN_TOKEN_FILE.`,
    );
  });
}
