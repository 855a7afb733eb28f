import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { tenantRow } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface TenantOptions extends FormatOptions {
  readonly query?: string;
  readonly status?: string;
  readonly limit: number;
}

/** `sallyport tenants ls`. */
export function registerTenants(program: Command, cli: Cli): void {
  const { io } = cli;
  const list = program
    .command("tenants")
    .description("the tenants that the token may read")
    .command("ls")
    .description("list them")
    .option("--query <text>", "part of a slug, name, issuer or domain")
    .addOption(new Option("--status <status>", "only these").choices(["active", "suspended"]))
    .option("--limit <number>", "how many at most", wholeNumber, 100);
  withFormat(list).action(async ({ query, status, limit, ...format }: TenantOptions) => {
    const { items, more } = await readPages(await cli.rest(), { path: "/tenants", query: { query, status }, item: tenantRow, limit });
    print(io, format, { items }, () =>
      tableLines(
        ["slug", "name", "plan", "status", "idps", "routes", "draft"],
        items.map((row) => [row.slug, row.displayName, row.plan, row.status, row.idpCount, row.routeCount, row.change === "none" ? "–" : row.change]),
      ),
    );
    if (more) io.say(`There are more than ${limit}; ask for them with --limit.`);
  });
}
