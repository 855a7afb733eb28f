import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { limitedTenants, tenantLimitUse } from "../rest/views.js";
import { registerTopKeys } from "./limit-keys.js";
import { registerRecordings } from "./recordings.js";

/** `0.42 %`, `84 %`. */
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 2 : 0)} %`;

const UNKNOWN = {
  by_caller: "counted by caller, at the nodes",
  across_tenants: "counts other tenants, too",
  by_node: "each node counts by itself",
} as const;

const used = (of: { readonly share: number; readonly route: string | null } | null): string | null =>
  of === null ? null : `${percent(of.share)}${of.route === null ? "" : ` ${of.route}`}`;

/** `sallyport limits`: how much of them is used and by whom, and what one would do. */
export function registerLimits(program: Command, cli: Cli): void {
  const { io } = cli;
  const limits = program.command("limits").description("rate limits as nodes apply them");
  registerTopKeys(limits, cli);
  registerRecordings(limits, cli);

  withFormat(limits.command("use <tenant>").description("how much of each limit a tenant uses, and how many of its requests they refused")).action(
    async (tenant: string, format: FormatOptions) => {
      const use = await (await cli.rest()).call({ method: "GET", path: `/tenants/${encodeURIComponent(tenant)}/limit-use`, answer: tenantLimitUse });
      print(io, format, use, () =>
        tableLines(
          ["limit", "whose", "counted by", "limit", "in s", "now", "busiest 15 min"],
          use.limits.map(({ policy, ofFleet, spec, unknown, now, busiest }) => [
            ...[policy, ofFleet ? "fleet" : tenant, spec.key.join("+"), spec.limit, spec.windowSeconds],
            ...(unknown === null ? [used(now), used(busiest)] : [UNKNOWN[unknown], null]),
          ]),
        ),
      );
      io.say(`Refused by limits: ${use.refused.last15Minutes} in 15 minutes, ${use.refused.last24Hours} in 24 hours.`);
    },
  );

  withFormat(limits.command("refused").description("tenants whose requests limits refused in the last 24 hours, the most first")).action(
    async (format: FormatOptions) => {
      const { items } = await (await cli.rest()).call({ method: "GET", path: "/limited-tenants", answer: limitedTenants });
      print(io, format, items, () =>
        tableLines(
          ["tenant", "15 min", "24 h"],
          items.map(({ tenant, last15Minutes, last24Hours }) => [tenant, last15Minutes, last24Hours]),
        ),
      );
    },
  );
}
