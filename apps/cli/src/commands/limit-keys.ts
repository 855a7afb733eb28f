import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { topKeys } from "../rest/views.js";

interface TopOptions extends FormatOptions {
  readonly tenant?: string;
  readonly hours: string;
}

/** `address 192.0.2.1, tenant acme`; of a limit that counts everybody together there is nothing to say. */
export const keyWords = (key: Readonly<Record<string, string>>): string =>
  Object.entries(key)
    .map(([member, value]) => `${member} ${value}`)
    .join(", ") || "everybody";

/** `sallyport limits top`. */
export function registerTopKeys(limits: Command, cli: Cli): void {
  const top = limits
    .command("top <policy>")
    .description("who goes over a limit or comes near it, the most first")
    .option("--tenant <tenant>", "the policy is this tenant's own; without it, the fleet's")
    .addOption(new Option("--hours <hours>", "how far back").choices(["1", "24"]).default("1"));
  withFormat(top).action(async (policy: string, options: TopOptions) => {
    const { tenant, hours } = options;
    const of: `/${string}` = tenant === undefined ? "/limit-keys" : `/tenants/${encodeURIComponent(tenant)}/limit-keys`;
    const told = await (await cli.rest()).call({ method: "GET", path: `${of}?${new URLSearchParams({ policy, hours })}`, answer: topKeys });
    print(cli.io, options, told, () =>
      tableLines(
        ["over", "near", "unseen", "counted by"],
        told.keys.map(({ key, over, near, unseen }) => [over, near, unseen, keyWords(key)]),
      ),
    );
    cli.io.say(`At least so many since ${told.since}. Near: less than a fifth of the burst was left.`);
  });
}
