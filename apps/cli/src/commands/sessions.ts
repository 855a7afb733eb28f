import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { endedSessions, noContent, tenantSessionRow } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface SubjectOptions {
  readonly subject?: string;
  readonly idp?: string;
}
interface ListOptions extends FormatOptions, SubjectOptions {
  readonly limit: number;
}
interface RevokeOptions extends SubjectOptions {
  readonly all?: boolean;
  readonly reason?: string;
}

const listPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/sessions` as const;
const counted = (count: number): string => `${count} ${count === 1 ? "session" : "sessions"}`;

/** Members that say whose sessions are meant. */
const whose = ({ subject, idp }: SubjectOptions): { subject?: string; identityProvider?: string } => ({
  ...(subject !== undefined && { subject }),
  ...(idp !== undefined && { identityProvider: idp }),
});

/** `sallyport sessions ls` and `revoke`. */
export function registerSessions(program: Command, cli: Cli): void {
  const { io } = cli;
  const sessions = program.command("sessions").description("people of a tenant who are signed in at the nodes");
  const withSubject = (command: Command): Command =>
    command
      .option("--subject <subject>", "those of one subject (sub)")
      .option("--idp <name>", "with --subject: at this identity provider of the tenant only");

  const list = withSubject(sessions.command("ls <tenant>").description("list the sessions that live")).option(
    "--limit <number>",
    "how many at most",
    wholeNumber,
    100,
  );
  withFormat(list).action(async (tenant: string, { subject, idp, limit, ...format }: ListOptions) => {
    const query = { subject, identityProvider: idp };
    const { items, more } = await readPages(await cli.rest(), { path: listPath(tenant), query, item: tenantSessionRow, limit });
    const now = io.clock.now();
    print(io, format, { items }, () =>
      tableLines(
        ["id", "subject", "idp", "signed in", "last used", "expires"],
        items.map((row) => [row.id, row.subject, row.identityProvider, age(row.createdAt, now), age(row.lastUsedAt, now), row.expiresAt]),
      ),
    );
    if (more) io.say(`There are more than ${limit}; ask for them with --limit.`);
  });

  withSubject(sessions.command("revoke <tenant> [id]").description("end one, those of a subject, or all; the next request with it is refused"))
    .option("--all", "every session of the tenant")
    .option("--reason <text>", "why, for whoever looks at it later")
    .action(async (tenant: string, id: string | undefined, { all = false, reason, ...of }: RevokeOptions) => {
      if ([id !== undefined, of.subject !== undefined, all].filter(Boolean).length !== 1)
        throw new Failure("Say which sessions: an id from sallyport sessions ls, --subject, or --all.");
      if (of.idp !== undefined && of.subject === undefined) throw new Failure("--idp narrows --subject; name the subject too.");
      const rest = await cli.rest();
      if (id !== undefined) {
        await rest.call({ method: "DELETE", path: `${listPath(tenant)}/${encodeURIComponent(id)}`, query: { reason }, answer: noContent });
        io.say("The session is ended.");
        return;
      }
      const body = all ? { all, reason } : { ...whose(of), reason };
      const { ended } = await rest.call({ method: "POST", path: `${listPath(tenant)}/end`, body, answer: endedSessions });
      io.say(`${counted(ended)} of ${all ? tenant : `${of.subject} at ${tenant}`} ${ended === 1 ? "is" : "are"} ended.`);
    });
}
