import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { noContent } from "../rest/views.js";

/** `sallyport idp purge-keys`. */
export function registerIdp(program: Command, cli: Cli): void {
  program
    .command("idp")
    .description("identity providers of a tenant")
    .command("purge-keys <tenant> <name>")
    .description("have every node forget a provider's keys at once, after one was stolen; they are fetched anew with the next token")
    .action(async (tenant: string, name: string) => {
      const rest = await cli.rest();
      const path = `/tenants/${encodeURIComponent(tenant)}/identity-providers/${encodeURIComponent(name)}/purge-keys` as const;
      await rest.call({ method: "POST", path, body: {}, answer: noContent });
      cli.io.say(`The keys of ${tenant}/${name} are forgotten at every node that can be reached.`);
    });
}
