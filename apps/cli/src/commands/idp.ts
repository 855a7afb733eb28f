import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { noContent } from "../rest/views.js";
import { registerIdpRadar } from "./idp-radar.js";

/** `sallyport idp purge-keys`, `radar` and `probe`. */
export function registerIdp(program: Command, cli: Cli): void {
  const idp = program.command("idp").alias("idps").description("identity providers");
  registerIdpRadar(idp, cli);
  idp
    .command("purge-keys <tenant> <name>")
    .description("have every node forget a provider's keys at once, after one was stolen; they are fetched anew with the next token")
    .option("--reason <text>", "why, for whoever looks at it later")
    .action(async (tenant: string, name: string, { reason }: { readonly reason?: string }) => {
      const rest = await cli.rest();
      const path = `/tenants/${encodeURIComponent(tenant)}/identity-providers/${encodeURIComponent(name)}/purge-keys` as const;
      await rest.call({ method: "POST", path, body: { reason }, answer: noContent });
      cli.io.say(`The keys of ${tenant}/${name} are forgotten at every node that can be reached.`);
    });
}
