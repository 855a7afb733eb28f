import { type FleetTransaction, withTenant } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { lockTenant } from "../objects/tenant-lock.js";
import { decodeCursor, encodeCursor, type Page, pageOf } from "../page.js";
import type { Reissue } from "../publish/reissue.js";
import type { RevisionLane } from "../publish/revision-lane.js";
import type { SectionStore } from "../publish/section-store.js";
import { recordCarried, recordRevocation } from "../revocations/record-revocation.js";
import { randomSecret, tokenHash } from "../secrets/random-token.js";
import { invalid, parse } from "../validation.js";
import { type ApiKeyRow, findLiveKey, listKeys, toApiKeyRow } from "./api-key-rows.js";
import { remakeApiKeySection } from "./api-key-sections.js";
import { apiKeyName, createApiKeyInput, endApiKeyInput, listApiKeysInput, rotateApiKeyInput } from "./api-keys.schemas.js";

/** A key in clear, this once, and what the lists show of it. */
interface NewApiKey {
  /** `spk_` and 256 bits in base64url. */
  readonly key: string;
  readonly row: ApiKeyRow;
}

/** Keys that a tenant's machines call with (BEHAVIOUR 3d). Each change reaches the nodes at once, without a publish. */
export interface ApiKeys {
  list(scope: TenantScope, input: z.input<typeof listApiKeysInput>): Promise<Page<ApiKeyRow>>;
  /** The key of this name that is not revoked. */
  get(scope: TenantScope, name: string): Promise<ApiKeyRow>;
  /** @throws ServiceError `invalid` for a name that is taken, `precondition` at the limit */
  create(scope: TenantScope, input: z.input<typeof createApiKeyInput>): Promise<NewApiKey>;
  /** Makes another key under the same name; the replaced one works beside it for a while. One that was replaced before ends now. */
  rotate(scope: TenantScope, name: string, input: z.input<typeof rotateApiKeyInput>): Promise<NewApiKey>;
  /** Ends the key that the last rotation replaced. @throws ServiceError `precondition` when none works any more */
  endOverlap(scope: TenantScope, name: string, input: z.input<typeof endApiKeyInput>): Promise<ApiKeyRow>;
  /** Ends the key of this name, and the one that it replaced. */
  revoke(scope: TenantScope, name: string, input: z.input<typeof endApiKeyInput>): Promise<void>;
}

interface ApiKeysParts {
  readonly lane: RevisionLane;
  readonly reissue: Reissue;
  readonly sections: SectionStore;
}

/** A key that works no more from here on. */
interface Revoked {
  /** Its last characters. */
  readonly hint: string;
  /** What it hashes to. */
  readonly digest: string;
  /** Why, where somebody said so. */
  readonly reason: string | undefined;
}

/** Keys of one tenant that are not revoked. */
const MAX_LIVE_KEYS = 1_000;
const SHOWN_AFTER_REVOCATION_MS = 90 * 86_400_000;
const DAY_MS = 86_400_000;
const HINT_CHARACTERS = 4;
const NO_PREVIOUS = { previousHash: null, previousHint: null, previousUntil: null, previousLastUsedAt: null };

/** What is stored of a new key. */
function newKey(): { key: string; stored: { hash: string; hint: string } } {
  const key = `spk_${randomSecret()}`;
  return { key, stored: { hash: tokenHash(key), hint: key.slice(-HINT_CHARACTERS) } };
}

/** What the key of a row hashes to, and the one that it replaced. */
const storedHashes = (tx: FleetTransaction, tenantId: string, id: string): Promise<{ hash: string; previousHash: string | null }> =>
  tx.apiKey.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } }, select: { hash: true, previousHash: true } });

/** The key that this one replaced, while that still works. */
const replaced = ({ previous }: ApiKeyRow, digest: string | null, reason: string | undefined): Revoked[] =>
  previous === null || digest === null ? [] : [{ hint: previous.hint, digest, reason }];

/** Nodes count in whole seconds. */
const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1_000) * 1_000);

export function createApiKeys(deps: Pick<ControlPlaneDeps, "data" | "clock">, parts: ApiKeysParts): ApiKeys {
  const audited = ({ subject, scopes, expiresAt }: Pick<ApiKeyRow, "subject" | "scopes" | "expiresAt">) => ({
    ...{ subject, scopes },
    expiresAt: expiresAt?.toISOString() ?? null,
  });

  async function liveKey(tx: FleetTransaction, scope: TenantScope, name: string, version?: number): Promise<ApiKeyRow> {
    const facts = await findLiveKey(tx, scope.tenantId, name);
    if (facts === null) throw notFound("API key");
    const row = toApiKeyRow(facts, deps.clock.now());
    if (version !== undefined && row.version !== version)
      throw new ServiceError("conflict", `Somebody changed the key ${name} first. Look at it again.`, { current: row });
    return row;
  }

  interface Change<T> {
    readonly verb: string;
    /** For the revision's comment: `was revoked`. */
    readonly words: string;
    /** Writes it. */
    run(tx: FleetTransaction, at: Date): Promise<{ before?: unknown; after?: unknown; revoked?: readonly Revoked[]; result: T }>;
  }
  /** The change, its audit row, the tenant's section and what nodes get of it: together or not at all. */
  const change = <T>({ tenantId, slug, actor }: TenantScope, name: string, { verb, words, run }: Change<T>): Promise<T> =>
    parts.lane(async (tx) => {
      await lockTenant(tx, tenantId);
      const at = new Date(deps.clock.now());
      const { result, revoked = [], ...facts } = await run(tx, at);
      await recordAudit(tx, actor, [{ action: `api_key.${verb}`, targetKind: "ApiKey", targetName: name, tenantSlug: slug, ...facts }], at);
      await remakeApiKeySection(tx, parts.sections, { id: tenantId, slug });
      const of = { tenantId, slug };
      const ids: string[] = [];
      for (const each of revoked) ids.push(await recordRevocation(tx, actor, { kind: "api_key", of, name, ...each }, at));
      await recordCarried(tx, ids, await parts.reissue(tx, actor, `API key ${slug}/${name} ${words}`));
      return result;
    });

  return {
    async list(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const { show, cursor, limit } = parse(listApiKeysInput, raw);
      const after = cursor === undefined ? null : decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
      const { tenantId } = scope;
      return withTenant(deps.data.app, tenantId, async (tx) => {
        const rows = await listKeys(tx, tenantId, { show, after, take: limit + 1 });
        const total = await tx.apiKey.count({ where: { tenantId, revokedAt: show === "live" ? null : { not: null } } });
        const now = deps.clock.now();
        const page = pageOf(
          rows,
          limit,
          ({ name, id }) => encodeCursor([name, id]),
          (facts) => toApiKeyRow(facts, now),
        );
        return { ...page, total };
      });
    },

    async get(scope, rawName) {
      requireOnTenant(scope, "tenant.read");
      const { name } = parse(apiKeyName, { name: rawName });
      const facts = await withTenant(deps.data.app, scope.tenantId, (tx) => findLiveKey(tx, scope.tenantId, name));
      if (facts === null) throw notFound("API key");
      return toApiKeyRow(facts, deps.clock.now());
    },

    async create(scope, raw) {
      requireOnTenant(scope, "api_key.write");
      const { name, subject = `api-key/${name}`, scopes, expiresInDays } = parse(createApiKeyInput, raw);
      const { tenantId, actor } = scope;
      return change(scope, name, {
        verb: "create",
        words: "was made",
        async run(tx, at) {
          const now = at.getTime();
          if ((await findLiveKey(tx, tenantId, name)) !== null)
            throw invalid([{ path: "name", message: `${name} is the name of another key; choose another, or rotate that one` }]);
          if ((await tx.apiKey.count({ where: { tenantId, revokedAt: null } })) >= MAX_LIVE_KEYS)
            throw new ServiceError("precondition", `A tenant has at most ${MAX_LIVE_KEYS} API keys. Revoke one that is not used any more.`);
          await tx.apiKey.deleteMany({ where: { tenantId, revokedAt: { lt: new Date(now - SHOWN_AFTER_REVOCATION_MS) } } });
          const { key, stored } = newKey();
          const expiresAt = expiresInDays === null ? null : wholeSeconds(now + expiresInDays * DAY_MS);
          const facts = { tenantId, id: uuidv7(), name, subject, scopes, expiresAt, createdAt: at, keyMadeAt: at, createdBy: actor.name };
          await tx.apiKey.create({ data: { ...facts, ...stored } });
          const row = await liveKey(tx, scope, name);
          return { after: audited(row), result: { key, row } };
        },
      });
    },

    async rotate(scope, rawName, raw) {
      requireOnTenant(scope, "api_key.write");
      const { name } = parse(apiKeyName, { name: rawName });
      const { overlapSeconds, expiresInDays, version } = parse(rotateApiKeyInput, raw);
      const { tenantId } = scope;
      return change(scope, name, {
        verb: "rotate",
        words: "was rotated",
        async run(tx, at) {
          const now = at.getTime();
          const before = await liveKey(tx, scope, name, version);
          const { hash, previousHash } = await storedHashes(tx, tenantId, before.id);
          const end = Math.min(now + overlapSeconds * 1_000, before.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
          const previous =
            end <= now
              ? NO_PREVIOUS
              : { previousHash: hash, previousHint: before.hint, previousUntil: wholeSeconds(end), previousLastUsedAt: before.lastUsedAt };
          const lifeMs = expiresInDays === undefined ? lifeOf(before) : expiresInDays === null ? null : expiresInDays * DAY_MS;
          const expiresAt = lifeMs === null ? null : wholeSeconds(now + lifeMs);
          const { key, stored } = newKey();
          const fresh = { ...stored, ...previous, keyMadeAt: at, lastUsedAt: null, expiresAt, version: before.version + 1 };
          await tx.apiKey.update({ where: { tenantId_id: { tenantId, id: before.id } }, data: fresh });
          const row = await liveKey(tx, scope, name);
          return {
            before: audited(before),
            after: { ...audited(row), replacedWorksUntil: row.previous?.until.toISOString() ?? null },
            revoked: [
              ...replaced(before, previousHash, "Rotated again"),
              ...(end <= now ? [{ hint: before.hint, digest: hash, reason: "Rotated without an overlap" }] : []),
            ],
            result: { key, row },
          };
        },
      });
    },

    async endOverlap(scope, rawName, raw) {
      requireOnTenant(scope, "api_key.write");
      const { name } = parse(apiKeyName, { name: rawName });
      const { version, reason } = parse(endApiKeyInput, raw);
      const { tenantId } = scope;
      return change(scope, name, {
        verb: "end_overlap",
        words: "replaced another, which was ended",
        async run(tx) {
          const before = await liveKey(tx, scope, name, version);
          const { previousHash } = await storedHashes(tx, tenantId, before.id);
          if (before.previous === null) throw new ServiceError("precondition", `The key that ${name} replaced does not work any more.`);
          const data = { ...NO_PREVIOUS, version: before.version + 1 };
          await tx.apiKey.update({ where: { tenantId_id: { tenantId, id: before.id } }, data });
          const facts = { before: { replacedWorksUntil: before.previous.until.toISOString() }, after: { replacedWorksUntil: null } };
          return { ...facts, revoked: replaced(before, previousHash, reason), result: await liveKey(tx, scope, name) };
        },
      });
    },

    async revoke(scope, rawName, raw) {
      requireOnTenant(scope, "api_key.write");
      const { name } = parse(apiKeyName, { name: rawName });
      const { version, reason } = parse(endApiKeyInput, raw);
      const { tenantId, actor } = scope;
      return change(scope, name, {
        verb: "revoke",
        words: "was revoked",
        async run(tx, at) {
          const before = await liveKey(tx, scope, name, version);
          const { hash, previousHash } = await storedHashes(tx, tenantId, before.id);
          const data = { revokedAt: at, revokedBy: actor.name, ...NO_PREVIOUS, version: before.version + 1 };
          await tx.apiKey.update({ where: { tenantId_id: { tenantId, id: before.id } }, data });
          return {
            before: audited(before),
            revoked: [...replaced(before, previousHash, reason), { hint: before.hint, digest: hash, reason }],
            result: undefined,
          };
        },
      });
    },
  };
}

/** How long the key was made to live, ms; null without an end. */
const lifeOf = ({ expiresAt, keyMadeAt }: ApiKeyRow): number | null => expiresAt && expiresAt.getTime() - keyMadeAt.getTime();
