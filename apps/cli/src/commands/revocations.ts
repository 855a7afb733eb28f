import type { Command } from "commander";
import type { z } from "zod";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { type RevocationView, revocationRow, revocationView } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface ListOptions extends FormatOptions {
  readonly all?: boolean;
  readonly past?: boolean;
  readonly spreading?: boolean;
  readonly kind?: string;
  readonly limit: number;
}
interface RevokeOptions extends FormatOptions {
  readonly reason: string;
  readonly until?: string;
}
interface TokenOptions extends RevokeOptions {
  readonly tokenStdin?: boolean;
  readonly jti?: string;
  readonly issuer?: string;
  readonly digest?: string;
}
interface SubjectOptions extends RevokeOptions {
  readonly issuedBefore?: string;
}

const listPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/revocations` as const;
type Row = z.output<typeof revocationRow>;

function what({ kind, tenant, subject, jti, digest, name, hint, sessions }: Row): string {
  switch (kind) {
    case "token":
      return `token ${jti ?? `sha256:${digest?.slice(0, 16)}`}`;
    case "subject":
      return `subject ${subject}`;
    case "suspension":
      return `tenant ${tenant}`;
    case "api_key":
      return `API key ${name}${hint === null ? "" : ` (…${hint})`}`;
    case "session":
      return `${sessions ?? "?"} sessions of ${subject ?? "everybody"}`;
    case "idp_keys":
      return `keys of ${name}`;
    case "node":
      return `node ${name}`;
    default:
      return kind satisfies never;
  }
}
/** Sessions are looked up for each request; of a node the control plane itself takes no call any more. */
const where = ({ kind, reach }: Row): string =>
  reach === null
    ? (({ session: "each request", node: "each call" } as Partial<Record<Row["kind"], string>>)[kind] ?? "no node had it")
    : `${reach.inEffect} of ${reach.nodes}${reach.unreachable > 0 ? `, ${reach.unreachable} unreachable` : ""}`;
const took = ({ reach }: Row): string => (reach === null || reach.lastMs === null ? "–" : `${(reach.lastMs / 1_000).toFixed(2)} s`);
const until = ({ kind, expiresAt }: Row): string => expiresAt ?? (kind === "suspension" ? "published" : "–");

function moment(text: string | undefined, option: string): string | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new Failure(`${option} takes a date such as 2027-01-31T12:00:00Z.`);
  return new Date(at).toISOString();
}

/** `sallyport revocations`: what nodes refuse without a publish. */
export function registerRevocations(program: Command, cli: Cli): void {
  const { io } = cli;
  const revocations = program
    .command("revocations")
    .description("what was taken back at once: tokens, subjects, tenants, API keys, sessions, provider keys, nodes");
  const show = (answer: RevocationView, format: FormatOptions): void => {
    const now = io.clock.now();
    print(io, format, answer, () =>
      tableLines(
        ["node", "state", "took", "heard from"],
        answer.nodes.map((node) => [
          ...[node.name, node.state.replace("_", " "), node.tookMs === null ? "–" : `${(node.tookMs / 1_000).toFixed(2)} s`],
          ...[age(node.lastSeenAt, now)],
        ]),
      ),
    );
  };
  const revoke = async (path: string, body: Record<string, unknown>, format: FormatOptions): Promise<void> => {
    const rest = await cli.rest();
    const answer = await rest.call({ method: "POST", path: path as `/${string}`, body, answer: revocationView });
    print(io, format, answer, () => [answer.id]);
    const ends = answer.expiresAt === null ? "until a published revision contains it" : `until ${answer.expiresAt}`;
    io.say(`The ${what(answer)} is refused ${ends}. See where: sallyport revocations show ${answer.tenant} ${answer.id}`);
  };
  const withReason = (command: Command): Command => withFormat(command.requiredOption("--reason <text>", "why, for whoever looks at it later"));

  const list = revocations
    .command("ls [tenant]")
    .description("list what is in force, of one tenant or of all")
    .option("--all", "everything that was taken back, API keys, sessions, provider keys and nodes as well")
    .option("--spreading", "what is not in effect at every node yet")
    .option("--past", "what has expired, was lifted, or was taken over by a revision")
    .option("--kind <kind>", "token, subject, suspension, api_key, session, idp_keys or node")
    .option("--limit <number>", "how many at most", wholeNumber, 100);
  withFormat(list).action(async (tenant: string | undefined, { all, past, spreading, kind, limit, ...format }: ListOptions) => {
    if ([all, past, spreading].filter(Boolean).length > 1) throw new Failure("Choose one of --all, --spreading and --past.");
    const path = tenant === undefined ? "/revocations" : listPath(tenant);
    const show = all ? "all" : past ? "past" : spreading ? "spreading" : "in_force";
    const query = { show, ...(kind === undefined ? {} : { kind }) };
    const { items, more } = await readPages(await cli.rest(), { path, query, item: revocationRow, limit });
    const now = io.clock.now();
    print(io, format, { items }, () =>
      tableLines(
        ["id", "tenant", "what", "state", "nodes", "took", "made", "by", "until", "reason"],
        items.map((row) => [
          ...[row.id, row.tenant ?? "–", what(row), row.state.replace("_", " "), where(row), took(row), age(row.createdAt, now), row.createdByName],
          ...[until(row), row.reason ?? "–"],
        ]),
      ),
    );
    if (more) io.say(`There are more than ${limit}; ask for them with --limit.`);
  });

  const one = revocations
    .command("show <id...>")
    .usage("[options] [tenant] <id>")
    .description("one, at each node: since when it is in effect, or why not");
  withFormat(one).action(async (named: string[], format: FormatOptions) => {
    const [id, tenant, more] = named.toReversed();
    if (id === undefined || more !== undefined) throw new Failure("Give the id, or the tenant and the id.");
    const path = `${tenant === undefined ? "/revocations" : listPath(tenant)}/${encodeURIComponent(id)}` as const;
    const rest = await cli.rest();
    const answer = await rest.call({ method: "GET", path, answer: revocationView });
    show(answer, format);
    const at = answer.reach === null ? where(answer) : `in effect at ${where(answer)} nodes`;
    io.say(`The ${what(answer)}: ${answer.state.replace("_", " ")}, ${at}. ${answer.reason ?? ""}`.trimEnd());
  });

  withReason(
    revocations
      .command("token <tenant>")
      .description("revoke one token; what is piped in is hashed and not kept")
      .option("--token-stdin", "the token itself, on standard input")
      .option("--jti <jti>", "its jti, with --issuer")
      .option("--issuer <issuer>", "whose jti it is")
      .option("--digest <sha256>", "SHA-256 of header.payload in hex; of the whole, where it is no JWT")
      .option("--until <date>", "when it ends (default: the token's own end, else in 90 days)"),
  ).action(async (tenant: string, { tokenStdin = false, jti, issuer, digest, until, reason, ...format }: TokenOptions) => {
    if ([tokenStdin, jti !== undefined, digest !== undefined].filter(Boolean).length !== 1)
      throw new Failure("Say which token: --token-stdin, --jti with --issuer, or --digest.");
    const token = tokenStdin ? (await io.readInput()).trim() : undefined;
    await revoke(`${listPath(tenant)}/token`, { token, jti, issuer, digest, reason, expiresAt: moment(until, "--until") }, format);
  });

  withReason(
    revocations
      .command("subject <tenant> <subject>")
      .description("revoke all tokens of a subject that were issued so far, and its sessions")
      .option("--issued-before <date>", "only what was issued before (default: now)")
      .option("--until <date>", "when it ends (default: in 90 days)"),
  ).action(async (tenant: string, subject: string, { issuedBefore, until, reason, ...format }: SubjectOptions) => {
    const body = { subject, reason, issuedBefore: moment(issuedBefore, "--issued-before"), expiresAt: moment(until, "--until") };
    await revoke(`${listPath(tenant)}/subject`, body, format);
  });

  withReason(revocations.command("suspend <tenant>").description("refuse every request of a tenant, until a published revision says so")).action(
    (tenant: string, { reason, ...format }: RevokeOptions) => revoke(`${listPath(tenant)}/suspension`, { reason }, format),
  );

  revocations
    .command("lift <tenant> <id>")
    .description("end one at the nodes, without a publish")
    .action(async (tenant: string, id: string) => {
      const rest = await cli.rest();
      const path = `${listPath(tenant)}/${encodeURIComponent(id)}/lift` as const;
      const answer = await rest.call({ method: "POST", path, body: {}, answer: revocationView });
      io.say(`The ${what(answer)} is not refused any more.`);
    });
}
