import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { endedLockouts, lockoutList, noContent } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface ListOptions extends FormatOptions {
  readonly limit: number;
}

const listPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/lockouts` as const;

/** `sallyport lockouts ls` and `unlock`. */
export function registerLockouts(program: Command, cli: Cli): void {
  const { io } = cli;
  const lockouts = program.command("lockouts").description("addresses that are locked out of a tenant after failed authentications");

  const list = lockouts
    .command("ls <tenant>")
    .description("list them, the newest first")
    .option("--limit <number>", "how many at most", wholeNumber, 100);
  withFormat(list).action(async (tenant: string, { limit, ...format }: ListOptions) => {
    const { items, total } = await (await cli.rest()).call({ method: "GET", path: `${listPath(tenant)}?limit=${limit}`, answer: lockoutList });
    const now = io.clock.now();
    print(io, format, { items, total }, () =>
      tableLines(
        ["address", "username", "failures", "last", "since", "until", "id"],
        items.map((row) => [
          row.address === "*" ? "anywhere" : row.address,
          row.username ?? "any",
          String(row.failures),
          row.reason,
          age(row.since, now),
          row.until,
          row.id,
        ]),
      ),
    );
    if (total > items.length) io.say(`There are ${total}; ask for more of them with --limit.`);
  });

  lockouts
    .command("unlock <tenant> [id]")
    .description("let an address in again, by the id from ls, or all of them; its failures are forgotten")
    .option("--all", "every address that is locked out of the tenant")
    .action(async (tenant: string, id: string | undefined, { all = false }: { readonly all?: boolean }) => {
      if ((id !== undefined) === all) throw new Failure("Say which: an id from sallyport lockouts ls, or --all.");
      const rest = await cli.rest();
      if (id !== undefined) {
        await rest.call({ method: "DELETE", path: `${listPath(tenant)}/${encodeURIComponent(id)}`, answer: noContent });
        io.say("The address may try again.");
        return;
      }
      const { ended } = await rest.call({ method: "POST", path: `${listPath(tenant)}/end`, body: { all }, answer: endedLockouts });
      io.say(`${ended} ${ended === 1 ? "address" : "addresses"} may try again at ${tenant}.`);
    });
}
