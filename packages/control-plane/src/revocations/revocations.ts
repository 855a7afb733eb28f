import { type FleetTransaction, withFleet } from "@sallyport/data";
import { failpoint } from "@sallyport/failpoints";
import { MAX_REVOCATIONS } from "@sallyport/snapshot";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import { lockTenant } from "../objects/tenant-lock.js";
import type { Page } from "../page.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import type { TenantSessions } from "../tenant-sessions/tenant-sessions.js";
import { parse } from "../validation.js";
import { setDraftStatus, suspensionRefusal } from "./draft-status.js";
import { createRevocationReader, type RevocationDetail, seenBy } from "./read-revocations.js";
import { revocationEnd } from "./revocation-end.js";
import { isStanding, nameOfRevocation, REVOCATION_ROW, type RevocationRow, type StandingKind, type StoredRevocation } from "./revocation-rows.js";
import {
  listAllRevocationsInput,
  listRevocationsInput,
  revocationId,
  revokeSubjectInput,
  revokeTokenInput,
  suspendTenantInput,
} from "./revocations.schemas.js";
import { readPastedToken } from "./revoked-token.js";

/**
 * What nodes refuse without a publish (DESIGN §4): each revocation goes out with a reissue in its own transaction, is carried by every
 * revision after it, and is in effect at a node once the node has said that it runs one of those. The lists also have what other services
 * take back at once: API keys, sessions, the keys of identity providers, nodes.
 */
export interface Revocations {
  /** Of every tenant that the actor may read, and of nodes where it may read those; newest first. */
  list(actor: Actor, input: z.input<typeof listAllRevocationsInput>): Promise<Page<RevocationRow>>;
  listOf(scope: TenantScope, input: z.input<typeof listRevocationsInput>): Promise<Page<RevocationRow>>;
  /** One of those that `list` shows, with each node that serves the tenant. */
  find(actor: Actor, input: z.input<typeof revocationId>): Promise<RevocationDetail>;
  get(scope: TenantScope, input: z.input<typeof revocationId>): Promise<RevocationDetail>;
  /** @throws ServiceError `precondition` at the limit of a tenant */
  revokeToken(scope: TenantScope, input: z.input<typeof revokeTokenInput>): Promise<RevocationDetail>;
  revokeSubject(scope: TenantScope, input: z.input<typeof revokeSubjectInput>): Promise<RevocationDetail>;
  /**
   * Refuses every request of the tenant, and has its draft say so as well: the first revision that is published with that takes the place
   * of the suspension, which until then never runs out. @throws ServiceError `precondition` where it is suspended already, or no node serves it
   */
  suspend(scope: TenantScope, input: z.input<typeof suspendTenantInput>): Promise<RevocationDetail>;
  /** Ends it at the nodes, without a publish. @throws ServiceError `precondition` when it has ended */
  lift(scope: TenantScope, input: z.input<typeof revocationId>): Promise<RevocationDetail>;
}

type New = Partial<Pick<StoredRevocation, "issuer" | "jti" | "digest" | "subject" | "issuedBefore" | "expiresAt">> & {
  readonly kind: StandingKind;
  readonly reason: string;
};

/** Ending a suspension changes a tenant's status, as making one does. */
const requireFor = (scope: TenantScope, kind: StandingKind): void => {
  requireOnTenant(scope, "revocation.write");
  if (kind === "suspension") requireOnTenant(scope, "tenant.write");
};

interface RevocationsParts extends Pick<RevisionParts, "lane" | "reissue" | "readLive"> {
  readonly tenantSessions: Pick<TenantSessions, "endOfSubject">;
}

export function createRevocations(deps: Pick<ControlPlaneDeps, "data" | "clock" | "stateStore">, parts: RevocationsParts): Revocations {
  const { data, clock } = deps;
  const reader = createRevocationReader(deps);

  async function find(tx: FleetTransaction, { slug }: TenantScope, id: string): Promise<StoredRevocation> {
    const stored = await tx.revocation.findFirst({ where: { id, tenantSlug: slug }, select: REVOCATION_ROW });
    if (stored === null) throw notFound("revocation");
    return stored;
  }
  const detail = (tx: FleetTransaction, { slug }: TenantScope, id: string) => reader.detail(tx, { id, tenantSlug: slug });

  async function refuseTooMany(tx: FleetTransaction, slug: string, kind: StandingKind, at: Date): Promise<void> {
    const inForce = await tx.revocation.count({ where: { tenantSlug: slug, kind, endedAt: null, expiresAt: { gt: at } } });
    if (inForce >= MAX_REVOCATIONS)
      throw new ServiceError(
        "precondition",
        `A tenant has at most ${MAX_REVOCATIONS} ${kind}s revoked at once. Lift some, have the identity provider's keys purged, or suspend the tenant.`,
      );
  }

  /** The row, its audit row and what nodes get of it: together or not at all. */
  const revoke = (scope: TenantScope, made: New): Promise<RevocationDetail> =>
    parts.lane(async (tx) => {
      const { tenantId, slug, actor } = scope;
      await lockTenant(tx, tenantId);
      const at = new Date(clock.now());
      const { kind } = made;
      if (kind === "suspension") {
        const refusal = await suspensionRefusal(tx, parts, slug);
        if (refusal !== null) throw new ServiceError("precondition", refusal);
        await setDraftStatus(tx, scope, "suspended", at);
      } else await refuseTooMany(tx, slug, kind, at);
      const id = uuidv7();
      const blank = { issuer: null, jti: null, digest: null, subject: null, issuedBefore: null, expiresAt: null };
      const facts = { ...blank, ...made, tenantSlug: slug, createdAt: at, createdBy: actor.name };
      await tx.revocation.createMany({ data: [{ tenantId, id, ...facts }] });
      const targetName = nameOfRevocation(slug, facts);
      const { tenantSlug: _, createdAt: __, createdBy: ___, ...after } = facts;
      await recordAudit(tx, actor, [{ action: `revocation.create_${kind}`, targetKind: TARGET[kind], targetName, tenantSlug: slug, after }], at);
      failpoint("revocation.recorded");
      await parts.reissue(tx, actor, kind === "suspension" ? `${slug} is suspended` : `The ${kind} ${slug}/${targetName} is revoked`);
      failpoint("revocation.reissued");
      return detail(tx, scope, id);
    });

  /** Nodes refuse them already; here they leave the lists. A store that is away keeps them there until they run out. */
  async function endSessions(scope: TenantScope, subject: string, reason: string): Promise<void> {
    if (deps.stateStore === null || !scope.may("session.end")) return;
    await parts.tenantSessions.endOfSubject(scope, { subject, reason }).catch((error: unknown) => {
      if (!(error instanceof ServiceError)) throw error;
    });
  }

  return {
    async list(actor, raw) {
      const { tenant, ...input } = parse(listAllRevocationsInput, raw);
      return reader.page({ seen: { AND: [seenBy(actor), tenant === undefined ? {} : { tenantSlug: tenant }] }, input });
    },

    async listOf(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      return reader.page({ seen: { tenantSlug: scope.slug }, input: parse(listRevocationsInput, raw) });
    },

    async find(actor, raw) {
      const { id } = parse(revocationId, raw);
      return withFleet(data.fleet, (tx) => reader.detail(tx, { AND: [{ id }, seenBy(actor)] }));
    },

    async get(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const { id } = parse(revocationId, raw);
      return withFleet(data.fleet, (tx) => detail(tx, scope, id));
    },

    async revokeToken(scope, raw) {
      requireFor(scope, "token");
      const { token, jti = null, issuer = null, digest = null, expiresAt, reason } = parse(revokeTokenInput, raw);
      const pasted = token === undefined ? null : readPastedToken(token);
      const until = revocationEnd({ asked: expiresAt, own: pasted?.expiresAt ?? null }, clock.now());
      return revoke(scope, { kind: "token", jti, issuer, digest: pasted?.digest ?? digest, expiresAt: until, reason });
    },

    async revokeSubject(scope, raw) {
      requireFor(scope, "subject");
      const { subject, issuedBefore, expiresAt, reason } = parse(revokeSubjectInput, raw);
      const now = clock.now();
      // `iat` counts in whole seconds: what was issued in this very second is meant, too.
      const before = new Date(Math.ceil((issuedBefore === undefined ? now : Date.parse(issuedBefore)) / 1_000) * 1_000);
      const made = await revoke(scope, {
        kind: "subject",
        subject,
        issuedBefore: before,
        expiresAt: revocationEnd({ asked: expiresAt, own: null }, now),
        reason,
      });
      if (issuedBefore === undefined) await endSessions(scope, subject, reason);
      return made;
    },

    async suspend(scope, raw) {
      requireFor(scope, "suspension");
      return revoke(scope, { kind: "suspension", reason: parse(suspendTenantInput, raw).reason });
    },

    async lift(scope, raw) {
      requireOnTenant(scope, "revocation.write");
      const { id } = parse(revocationId, raw);
      return parts.lane(async (tx) => {
        await lockTenant(tx, scope.tenantId);
        const stored = await find(tx, scope, id);
        const { kind, reason } = stored;
        if (!isStanding(kind)) throw new ServiceError("precondition", "It was taken back for good: there is nothing to lift.");
        requireFor(scope, kind);
        const at = new Date(clock.now());
        if (stored.endedAt !== null || (stored.expiresAt !== null && stored.expiresAt <= at))
          throw new ServiceError("precondition", "It has ended already: the nodes do not refuse anything for it any more.");
        if (kind === "suspension") await setDraftStatus(tx, scope, "active", at);
        await tx.revocation.updateMany({ where: { id }, data: { endedAt: at, endedBy: scope.actor.name } });
        const targetName = nameOfRevocation(scope.slug, stored);
        const entry = { action: `revocation.lift_${kind}`, targetKind: TARGET[kind], targetName, tenantSlug: scope.slug, before: { reason } };
        await recordAudit(tx, scope.actor, [entry], at);
        const words = kind === "suspension" ? `${scope.slug} is suspended no more` : `The ${kind} ${scope.slug}/${targetName} is revoked no more`;
        const endedRevision = await parts.reissue(tx, scope.actor, words);
        await tx.revocation.updateMany({ where: { id }, data: { endedRevision } });
        return detail(tx, scope, id);
      });
    },
  };
}

const TARGET = { token: "Token", subject: "Subject", suspension: "Tenant" } as const;
