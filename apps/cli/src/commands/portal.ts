import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { invitationList, newInvitation, noContent } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface InviteOptions extends FormatOptions {
  readonly for?: readonly string[];
  readonly days: number;
}

const listPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/portal-invitations` as const;

/** `sallyport portal ls`, `invite` and `revoke`. */
export function registerPortal(program: Command, cli: Cli): void {
  const { io } = cli;
  const portal = program.command("portal").description("who of a tenant is let in to its portal");

  const list = portal.command("ls <tenant>").description("list invitations, the newest first; never the links");
  withFormat(list).action(async (tenant: string, format: FormatOptions) => {
    const { items } = await (await cli.rest()).call({ method: "GET", path: listPath(tenant), answer: invitationList });
    const now = io.clock.now();
    print(io, format, items, () =>
      tableLines(
        ["for", "state", "what", "seen", "ends", "id"],
        items.map((row) => [
          row.recipient,
          row.state.replaceAll("_", " "),
          row.intents.join(","),
          row.lastSeenAt === null ? "never" : age(row.lastSeenAt, now),
          row.expiresAt,
          row.id,
        ]),
      ),
    );
  });

  const invite = portal
    .command("invite <tenant> <recipient>")
    .description("print a link that lets one browser in, once; it is in this output and nowhere afterwards")
    .option("--for <intents...>", "identity_provider, test, or both, which is meant when it is left out")
    .option("--days <number>", "after which the link, and what came of it, ends", wholeNumber, 7);
  withFormat(invite).action(
    async (tenant: string, recipient: string, { for: intents = ["identity_provider", "test"], days, ...format }: InviteOptions) => {
      const body = { recipient, intents, expiresInDays: days };
      const made = await (await cli.rest()).call({ method: "POST", path: listPath(tenant), body, answer: newInvitation });
      print(io, format, made, () => [made.link]);
      io.say(`Send it to ${recipient} alone: whoever opens it first is in. It ends ${made.expiresAt}.`);
    },
  );

  portal
    .command("revoke <tenant> <id>")
    .description("end a link, and who is in the portal by it")
    .action(async (tenant: string, id: string) => {
      await (await cli.rest()).call({ method: "DELETE", path: `${listPath(tenant)}/${encodeURIComponent(id)}`, answer: noContent });
      io.say("The access is revoked.");
    });
}
