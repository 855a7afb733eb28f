import { randomBytes } from "node:crypto";
import { type DataClients, type Prisma, withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import type { Actor, Grants } from "../access/actor.js";
import { grantsOf, limitedGrants } from "../access/grants.js";
import { PERMISSIONS, type Permission } from "../access/permissions.js";
import { requireFleetGrant } from "../access/require.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Client, Clock } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { randomSecret, sameHash, tokenHash } from "../secrets/random-token.js";
import { invalid, parse } from "../validation.js";
import { createApiTokenInput, revokeApiTokenInput } from "./api-tokens.schemas.js";

/** A token as lists show it: nothing of it could be used. */
export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly ownerName: string;
  readonly scopes: readonly Permission[];
  readonly tenantSlug: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Tokens for REST and CLI: `spt_<lookup>_<secret>`, found by the lookup part, proved by the hash of the whole. */
export interface ApiTokens {
  /** The token is shown this once. Its scopes can't exceed what the maker holds, now or later. */
  create(actor: Actor, input: z.input<typeof createApiTokenInput>): Promise<{ token: string; id: string }>;
  /** The caller's own; all of them for who may write people. */
  list(actor: Actor): Promise<ApiTokenRow[]>;
  revoke(actor: Actor, input: z.input<typeof revokeApiTokenInput>): Promise<void>;
  /** Null for anything but a live token of an active owner. */
  authenticate(rawToken: string, client: Client): Promise<Actor | null>;
}

const TOKEN = /^(spt_[0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const DAY_MS = 86_400_000;
/** `lastUsedAt` is written at most this often. */
const TOUCH_MS = 60_000;

const isPermission = (name: string): name is Permission => (PERMISSIONS as readonly string[]).includes(name);

const holds = (grants: Grants, permission: Permission, tenantId: string | null): boolean =>
  grants.fleet.has(permission) || (tenantId !== null && (grants.tenants.get(tenantId)?.has(permission) ?? false));

export function createApiTokens({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): ApiTokens {
  /** Tokens that the actor may see and revoke. */
  async function within(actor: Actor): Promise<Prisma.ApiTokenWhereInput> {
    if (actor.grants.fleet.has("people.write")) return {};
    return { ownerId: (await ownerOf(actor)).id };
  }

  /** The person behind the actor; a token's powers end with its parent's. */
  async function ownerOf(actor: Actor): Promise<{ id: string; until: Date | null }> {
    if (actor.kind === "person") return { id: actor.id, until: null };
    const parent =
      actor.kind === "api_token"
        ? await data.fleet.apiToken.findUnique({ where: { id: actor.id }, select: { ownerId: true, expiresAt: true } })
        : null;
    if (parent === null) throw new ServiceError("forbidden", "Only people and their tokens have API tokens.");
    return { id: parent.ownerId, until: parent.expiresAt };
  }

  return {
    async create(actor, raw) {
      const { name, scopes, tenantSlug, expiresInDays } = parse(createApiTokenInput, raw);
      requireFleetGrant(actor, "token.write");
      const owner = await ownerOf(actor);
      const now = clock.now();
      const wanted = now + expiresInDays * DAY_MS;
      return await withFleet(data.fleet, async (tx) => {
        const tenant = tenantSlug === undefined ? null : await tx.tenant.findUnique({ where: { slug: tenantSlug }, select: { id: true } });
        if (tenantSlug !== undefined && (tenant === null || !holds(actor.grants, "tenant.read", tenant.id))) throw notFound("tenant");
        const issues = scopes.flatMap((scope, index) =>
          holds(actor.grants, scope, tenant?.id ?? null)
            ? []
            : [{ path: `scopes.${index}`, message: `grants ${scope}, which you do not hold; leave it out` }],
        );
        if (issues.length > 0) throw invalid(issues);
        const id = uuidv7();
        const prefix = `spt_${randomBytes(8).toString("hex")}`;
        const token = `${prefix}_${randomSecret()}`;
        const expiresAt = new Date(Math.min(wanted, owner.until?.getTime() ?? wanted));
        const row = { id, prefix, hash: tokenHash(token), name, scopes: [...scopes], tenantId: tenant?.id ?? null, ownerId: owner.id, expiresAt };
        await tx.apiToken.createMany({ data: [{ ...row, createdAt: new Date(now) }] });
        const after = { scopes, tenant: tenantSlug ?? null, expiresAt: expiresAt.toISOString() };
        const entry = { action: "api_token.create", targetKind: "ApiToken", targetName: name, tenantSlug: tenantSlug ?? null, after };
        await recordAudit(tx, actor, [entry], new Date(now));
        return { token, id };
      });
    },

    async list(actor) {
      const rows = await data.fleet.apiToken.findMany({
        where: await within(actor),
        orderBy: { createdAt: "desc" },
        take: 1_000,
        omit: { hash: true },
        include: { tenant: { select: { slug: true } }, owner: { select: { displayName: true } } },
      });
      return rows.map(({ tenant, owner, tenantId: _, ownerId: __, ...row }) => ({
        ...row,
        ownerName: owner.displayName,
        tenantSlug: tenant?.slug ?? null,
        scopes: row.scopes.filter(isPermission),
      }));
    },

    async revoke(actor, raw) {
      const { id } = parse(revokeApiTokenInput, raw);
      const at = new Date(clock.now());
      const where = { ...(await within(actor)), id, revokedAt: null };
      await withFleet(data.fleet, async (tx) => {
        const token = await tx.apiToken.findFirst({ where, select: { name: true } });
        if (token === null) throw notFound("API token");
        await tx.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } });
        await recordAudit(tx, actor, [{ action: "api_token.revoke", targetKind: "ApiToken", targetName: token.name }], at);
      });
    },

    async authenticate(rawToken, client) {
      const prefix = TOKEN.exec(rawToken)?.[1];
      if (prefix === undefined) return null;
      const now = clock.now();
      const token = await data.fleet.apiToken.findUnique({
        where: { prefix },
        include: { owner: { select: { status: true, displayName: true, roles: { select: { role: true, tenantId: true } } } } },
      });
      if (token === null || !sameHash(token.hash, tokenHash(rawToken))) return null;
      if (token.revokedAt !== null || token.expiresAt.getTime() <= now || token.owner.status !== "active") return null;
      if (token.lastUsedAt === null || now - token.lastUsedAt.getTime() >= TOUCH_MS)
        await data.fleet.apiToken.updateMany({ where: { id: token.id }, data: { lastUsedAt: new Date(now) } });
      const grants = limitedGrants(grantsOf(token.owner.roles), token.scopes, token.tenantId);
      const name = `${token.owner.displayName} (${token.name})`;
      return { kind: "api_token", id: token.id, name, ip: client.ip, requestId: client.requestId, grants };
    },
  };
}
