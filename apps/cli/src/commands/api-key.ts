import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { readPages } from "../rest/read-pages.js";
import { apiKeyRow, newApiKey, noContent } from "../rest/views.js";
import { wholeNumber } from "./options.js";

interface ListOptions extends FormatOptions {
  readonly revoked?: boolean;
  readonly limit: number;
}
interface LifeOptions {
  readonly expires?: number;
  readonly expiry: boolean;
}
interface CreateOptions extends FormatOptions, LifeOptions {
  readonly subject?: string;
  readonly scope?: string[];
}
interface RotateOptions extends FormatOptions, LifeOptions {
  readonly overlap: number;
}

const listPath = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/api-keys` as const;
const keyPath = (tenant: string, name: string) => `${listPath(tenant)}/${encodeURIComponent(name)}` as const;

/** Hours from 0: without an overlap the replaced key ends at once. */
function hours(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError("Write a whole number of hours.");
  return Number(text);
}

/** Members that say how long the key lives; none where nothing was said. */
function lifeOf({ expires, expiry }: LifeOptions): { expiresInDays?: number | null } {
  if (!expiry && expires !== undefined) throw new Failure("--expires and --no-expiry exclude each other.");
  return expiry ? (expires === undefined ? {} : { expiresInDays: expires }) : { expiresInDays: null };
}
const withLife = (command: Command, standard: string): Command =>
  command
    .addOption(new Option("--expires <days>", `how long it lives; ${standard}`).argParser(wholeNumber))
    .option("--no-expiry", "it works until it is revoked");

function stateOf({ revokedAt, expiresAt, previous }: z.output<typeof apiKeyRow>, now: number): string {
  if (revokedAt !== null) return "revoked";
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return "expired";
  return previous === null ? "works" : "works, and the replaced one";
}

/** `sallyport api-key ls`, `create`, `rotate` and `revoke`. A key is alone on standard output, so that it can go into a file. */
export function registerApiKey(program: Command, cli: Cli): void {
  const { io } = cli;
  const apiKey = program.command("api-key").description("keys that a tenant's machines call with");

  const list = apiKey
    .command("ls <tenant>")
    .description("list them; never the keys themselves")
    .option("--revoked", "those that were revoked in the last 90 days")
    .option("--limit <number>", "how many at most", wholeNumber, 100);
  withFormat(list).action(async (tenant: string, { revoked = false, limit, ...format }: ListOptions) => {
    const query = { show: revoked ? "revoked" : "live" };
    const { items, more } = await readPages(await cli.rest(), { path: listPath(tenant), query, item: apiKeyRow, limit });
    const now = io.clock.now();
    print(io, format, { items }, () =>
      tableLines(
        ["name", "ends in", "state", "subject", "scopes", "expires", "last used"],
        items.map((key) => [
          ...[key.name, key.hint, stateOf(key, now), key.subject, key.scopes.join(" ") || "–", key.expiresAt?.slice(0, 10) ?? "never"],
          age(key.lastUsedAt, now),
        ]),
      ),
    );
    if (more) io.say(`There are more than ${limit}; ask for them with --limit.`);
  });

  const create = apiKey
    .command("create <tenant> <name>")
    .description("make one; it is printed now and shown nowhere afterwards")
    .option("--subject <subject>", "who calls with it, as upstreams see it (default: api-key/<name>)")
    .option("--scope <scopes...>", "what it may do");
  withFormat(withLife(create, "365 days when left out")).action(async (tenant: string, name: string, options: CreateOptions) => {
    const { subject, scope = [], expires, expiry, ...format } = options;
    const body = { name, scopes: scope, ...(subject !== undefined && { subject }), ...lifeOf({ ...(expires && { expires }), expiry }) };
    const rest = await cli.rest();
    const made = await rest.call({ method: "POST", path: listPath(tenant), body, answer: newApiKey });
    print(io, format, made, () => [made.key]);
    io.say(`${tenant}/${name} works at the nodes within seconds, without a publish. Keep it now: it is shown nowhere afterwards.`);
  });

  const rotate = apiKey
    .command("rotate <tenant> <name>")
    .description("make another key under the same name; the replaced one works beside it for a while")
    .option("--overlap <hours>", "how long both work; 0 ends the replaced one at once", hours, 24);
  withFormat(withLife(rotate, "as long as the replaced one's life when left out")).action(
    async (tenant: string, name: string, options: RotateOptions) => {
      const { overlap, expires, expiry, ...format } = options;
      const body = { overlapSeconds: overlap * 3_600, ...lifeOf({ ...(expires && { expires }), expiry }) };
      const rest = await cli.rest();
      const made = await rest.call({ method: "POST", path: `${keyPath(tenant, name)}/rotate`, body, answer: newApiKey });
      print(io, format, made, () => [made.key]);
      io.say(
        made.previous === null ? "The replaced key works no more." : `The replaced key, …${made.previous.hint}, works until ${made.previous.until}.`,
      );
    },
  );

  apiKey
    .command("revoke <tenant> <name>")
    .description("end one; nodes refuse it within seconds")
    .option("--replaced-only", "only the key that the last rotation replaced")
    .option("--reason <text>", "why, for whoever looks at it later")
    .action(async (tenant: string, name: string, { replacedOnly = false, reason }: { readonly replacedOnly?: boolean; readonly reason?: string }) => {
      const rest = await cli.rest();
      if (replacedOnly) await rest.call({ method: "POST", path: `${keyPath(tenant, name)}/end-overlap`, body: { reason }, answer: apiKeyRow });
      else await rest.call({ method: "DELETE", path: keyPath(tenant, name), query: { reason }, answer: noContent });
      io.say(replacedOnly ? `The key that ${tenant}/${name} replaced is ended.` : `${tenant}/${name} is revoked.`);
    });
}
