import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { endedLockouts, lockoutList, noContent } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface ListOptions extends FormatOptions {
  readonly limit: number;
  readonly kind?: string;
  readonly search?: string;
}

interface UnlockOptions {
  readonly all?: boolean;
  readonly search?: string;
}

const KINDS = ["address", "address_username", "username"] as const;
const tenantPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/lockouts` as const;

/** A tenant's own list is for everybody who may read that tenant; what is looked for beyond it is looked for in all of them. */
function listPath(tenant: string | undefined, { limit, kind, search }: ListOptions): `/${string}` {
  if (tenant !== undefined && kind === undefined && search === undefined) return `${tenantPath(tenant)}?limit=${limit}`;
  const given = { tenant, kind, search, limit: String(limit) };
  return `/lockouts?${new URLSearchParams(Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined))}`;
}

/** `sallyport lockouts ls` and `unlock`. */
export function registerLockouts(program: Command, cli: Cli): void {
  const { io } = cli;
  const lockouts = program.command("lockouts").description("addresses that are locked out after failed authentications");

  const list = lockouts
    .command("ls [tenant]")
    .description("list them, of one tenant or of all, the newest first")
    .addOption(
      new Option("--kind <kind>", "whom they keep out: an address, an address of one username, or a username that is slowed down").choices(KINDS),
    )
    .option("--search <text>", "only with this in the address or the username")
    .option("--limit <number>", "how many at most", wholeNumber, 100);
  withFormat(list).action(async (tenant: string | undefined, options: ListOptions) => {
    const { items, total } = await (await cli.rest()).call({ method: "GET", path: listPath(tenant, options), answer: lockoutList });
    const now = io.clock.now();
    const head = ["address", "username", "failures", "last", "since", "until", "id"];
    print(io, options, { items, total }, () =>
      tableLines(
        tenant === undefined ? ["tenant", ...head] : head,
        items.map((row) => [
          ...(tenant === undefined ? [row.tenant ?? ""] : []),
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
    .command("unlock [tenant] [id]")
    .description("let an address in again, by the id from ls, or all of them; failures are forgotten")
    .option("--all", "every address that is locked out of the tenant")
    .option("--search <text>", "all with this in the address or the username; without a tenant, at every one")
    .action(async (tenant: string | undefined, id: string | undefined, { all = false, search }: UnlockOptions) => {
      const ways = [id !== undefined, all, search !== undefined].filter(Boolean).length;
      if (ways !== 1 || (tenant === undefined && search === undefined))
        throw new Failure("Say which: a tenant with an id from sallyport lockouts ls or with --all, or --search.");
      const rest = await cli.rest();
      if (id !== undefined && tenant !== undefined) {
        await rest.call({ method: "DELETE", path: `${tenantPath(tenant)}/${encodeURIComponent(id)}`, answer: noContent });
        io.say("The address may try again.");
        return;
      }
      const { ended } =
        all && tenant !== undefined
          ? await rest.call({ method: "POST", path: `${tenantPath(tenant)}/end`, body: { all }, answer: endedLockouts })
          : await rest.call({ method: "POST", path: "/lockouts/end", body: { ...(tenant && { tenant }), search }, answer: endedLockouts });
      io.say(`${ended} ${ended === 1 ? "address" : "addresses"} may try again at ${tenant ?? "every tenant"}.`);
    });
}
