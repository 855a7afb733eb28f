import { type Command, Option } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { type RadarDetail, type RadarRow, radarDetail, radarList, radarRow } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface RadarOptions extends FormatOptions {
  readonly state?: string;
  readonly search?: string;
  readonly limit: number;
}

const STATES = ["failing", "attention", "waiting", "well"] as const;
const tenantPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}` as const;
const providerPath = (tenant: string, name: string) => `${tenantPath(tenant)}/identity-providers/${encodeURIComponent(name)}` as const;

/** The most serious finding, and how many more there are. */
function foundOf({ findings: [first, ...more], detail }: RadarRow): string {
  if (first === undefined) return detail ?? "–";
  return `${first.code}${first.kid === null ? "" : ` ${first.kid}`}${more.length > 0 ? ` +${more.length}` : ""}`;
}

const listLines = (rows: readonly RadarRow[], now: number): string[] =>
  tableLines(
    ["tenant", "provider", "state", "keys", "asked", "found"],
    rows.map((row) => [row.tenant ?? "(fleet)", row.identityProvider, row.state, row.keys, age(row.probedAt, now), foundOf(row)]),
  );

function detailLines(detail: RadarDetail, now: number): string[] {
  const { tenant, identityProvider, issuer, state, probedAt, findings, keyRows } = detail;
  return [
    ...fieldLines([
      ["provider", `${tenant}/${identityProvider}`],
      ["issuer", issuer],
      ["state", detail.detail === null ? state : `${state}: ${detail.detail}`],
      ["asked", age(probedAt, now)],
    ]),
    "",
    ...findings.map(({ severity, code, detail: what }) => `${severity.toUpperCase().padEnd(6)} ${code}: ${what}`),
    ...(findings.length > 0 ? [""] : []),
    ...tableLines(
      ["kid", "key", "first seen", "gone", "held by"],
      keyRows.map(({ kid, alg, kty, problem, firstSeenAt, vanishedAt, heldBy, nodes }) => [
        kid ?? "(none)",
        problem ?? alg ?? kty,
        age(firstSeenAt, now),
        vanishedAt === null ? null : age(vanishedAt, now),
        nodes === null || nodes.length === 0 || nodes.length > 3 ? String(heldBy) : nodes.join(" "),
      ]),
    ),
  ];
}

/** `sallyport idps radar` and `probe`. */
export function registerIdpRadar(idp: Command, cli: Cli): void {
  const { io } = cli;
  const radar = idp
    .command("radar [tenant] [name]")
    .description("how the live providers are, of all tenants or of one; of one provider its keys, and which node holds which")
    .addOption(new Option("--state <state>", "only those that are so; of all tenants").choices(STATES))
    .option("--search <text>", "only with this in the tenant, the name or the issuer; of all tenants")
    .option("--limit <number>", "how many at most", wholeNumber, 100);
  withFormat(radar).action(async (tenant: string | undefined, name: string | undefined, options: RadarOptions) => {
    const { state, search, limit } = options;
    if (tenant !== undefined && (state !== undefined || search !== undefined))
      throw new Failure("--state and --search look through all tenants: leave the tenant out, or the options.");
    const rest = await cli.rest();
    const now = io.clock.now();
    if (tenant !== undefined && name !== undefined) {
      const detail = await rest.call({ method: "GET", path: `${providerPath(tenant, name)}/radar`, answer: radarDetail });
      return print(io, options, detail, () => detailLines(detail, now));
    }
    if (tenant !== undefined) {
      const { items } = await rest.call({ method: "GET", path: `${tenantPath(tenant)}/radar`, answer: radarList });
      return print(io, options, items, () => listLines(items, now));
    }
    const { items, more } = await readPages(rest, { path: "/radar", query: { state, query: search }, item: radarRow, limit });
    print(io, options, items, () => listLines(items, now));
    if (more) io.say("There are more; ask for them with --limit.");
  });

  withFormat(idp.command("probe <tenant> <name>").description("ask a live provider for its keys now, and say what was found")).action(
    async (tenant: string, name: string, format: FormatOptions) => {
      const detail = await (await cli.rest()).call({ method: "POST", path: `${providerPath(tenant, name)}/probe`, answer: radarDetail });
      print(io, format, detail, () => detailLines(detail, io.clock.now()));
    },
  );
}
