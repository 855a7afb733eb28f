import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { alertRow } from "../rest/views.js";
import { wholeNumber, wholeNumbers } from "./options.js";

interface ListOptions extends FormatOptions {
  readonly status?: string;
  readonly severity?: string;
  readonly tenant?: string;
  readonly limit: number;
}

/** Changes several alerts one by one: one that cannot be changed does not keep the others from it. */
async function changeEach(
  cli: Cli,
  numbers: readonly number[],
  change: { readonly verb: string; readonly done: string; readonly body?: object },
): Promise<void> {
  const rest = await cli.rest();
  for (const number of numbers) {
    try {
      await rest.call({ method: "POST", path: `/alerts/${number}/${change.verb}`, body: change.body, answer: alertRow });
      cli.io.say(`A-${number} ${change.done}.`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      cli.io.say(`A-${number}: ${error.message}`);
      cli.end(EXIT.failed);
    }
  }
}

/** `sallyport alerts ls`, `ack` and `close`. */
export function registerAlerts(program: Command, cli: Cli): void {
  const { io } = cli;
  const alerts = program.command("alerts").description("what the nodes found that somebody should look at");

  const list = alerts
    .command("ls")
    .description("newest first")
    .addOption(new Option("--status <status>", "only these").choices(["open", "acknowledged", "closed"]))
    .addOption(new Option("--severity <severity>", "only these").choices(["critical", "high", "medium", "low"]))
    .option("--tenant <slug>", "only of this tenant")
    .option("--limit <number>", "how many at most", wholeNumber, 50);
  withFormat(list).action(async ({ status, severity, tenant, limit, ...format }: ListOptions) => {
    const { items } = await readPages(await cli.rest(), { path: "/alerts", query: { status, severity, tenant }, item: alertRow, limit });
    print(io, format, { items }, () =>
      tableLines(
        ["alert", "severity", "status", "count", "last seen", "title"],
        items.map((alert) => [`A-${alert.number}`, alert.severity, alert.status, alert.count, age(alert.lastSeenAt, io.clock.now()), alert.title]),
      ),
    );
  });

  alerts
    .command("ack")
    .description("say that somebody looks into it")
    .argument("<numbers...>", "numbers of alerts", wholeNumbers)
    .option("--note <text>", "for the alert's history")
    .action((numbers: number[], { note }: { readonly note?: string }) =>
      changeEach(cli, numbers, { verb: "acknowledge", done: "acknowledged", ...(note === undefined ? {} : { body: { note } }) }),
    );

  alerts
    .command("close")
    .description("close with a reason; it opens again when it recurs")
    .argument("<numbers...>", "numbers of alerts", wholeNumbers)
    .requiredOption("--reason <text>", "why it needs nobody any more")
    .action((numbers: number[], { reason }: { readonly reason: string }) =>
      changeEach(cli, numbers, { verb: "close", done: "closed", body: { reason } }),
    );
}
