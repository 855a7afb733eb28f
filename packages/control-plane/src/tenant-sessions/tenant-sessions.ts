import { withFleet, withTenant } from "@sallyport/data";
import { tenantSectionName } from "@sallyport/snapshot";
import type { SessionStore, StoredSession, SubjectOfProvider } from "@sallyport/state-store";
import { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { AuditEntry } from "../audit/record-audit.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound } from "../errors.js";
import { decodeCursor, encodeCursor, type Page } from "../page.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { recordRevocation } from "../revocations/record-revocation.js";
import { createStateWork } from "../state-store/state-work.js";
import { parse } from "../validation.js";
import { type TenantSessionRow, toTenantSessionRow } from "./tenant-session-rows.js";
import { endAllSessionsInput, endSubjectSessionsInput, endTenantSessionInput, listTenantSessionsInput } from "./tenant-sessions.schemas.js";
import { placeBehind, type WalkPosition, walkSessions } from "./walk-sessions.js";

/** Whose sessions: null for everybody's, from every identity provider. */
interface Whose {
  readonly subject: string | null;
  /** Of the identity provider. */
  readonly name: string | null;
  readonly reason: string | undefined;
}

/** How many sessions that lived were ended. */
interface Ended {
  readonly ended: number;
}

/**
 * Sessions of a tenant's people at the nodes (BEHAVIOUR 3c). They are the state store's, not the database's. What is ended here is refused
 * with the next request at every node. Each method throws ServiceError `not_configured` where the console knows no store, and `unavailable`
 * while the store does not answer.
 */
export interface TenantSessions {
  /** By the store's order, which says nothing. */
  list(scope: TenantScope, input: z.input<typeof listTenantSessionsInput>): Promise<Page<TenantSessionRow>>;
  /** @throws ServiceError `not_found` when no living session of the tenant has the id */
  end(scope: TenantScope, input: z.input<typeof endTenantSessionInput>): Promise<void>;
  endOfSubject(scope: TenantScope, input: z.input<typeof endSubjectSessionsInput>): Promise<Ended>;
  endAll(scope: TenantScope, input?: z.input<typeof endAllSessionsInput>): Promise<Ended>;
}

const position = z.tuple([z.string(), z.string().min(1)]).transform(([set, after]): WalkPosition => ({ set, after }));
/** Sessions that one call to the store looks at while one is looked for. */
const FIND_STEP = 200;

export function createTenantSessions(
  deps: Pick<ControlPlaneDeps, "data" | "clock" | "stateStore">,
  parts: Pick<RevisionParts, "readLive" | "sections">,
): TenantSessions {
  const work = createStateWork(deps, { nodesDo: "keep sessions", unknown: "which sessions there are" });
  const { told } = work;
  const sessionStore = (): SessionStore => work.store().sessions;

  /** Of the draft and of what nodes run: a provider that was renamed in the draft only still has its people. */
  async function providerNames({ tenantId, slug }: TenantScope): Promise<string[]> {
    const drafted = await withTenant(deps.data.app, tenantId, (tx) => tx.identityProvider.findMany({ where: { tenantId }, select: { name: true } }));
    const live = await withFleet(deps.data.fleet, async (tx) => {
      const hash = (await parts.readLive(tx))?.manifest[tenantSectionName(slug)];
      const section = hash === undefined ? undefined : (await parts.sections.get(tx, [hash])).get(hash);
      return section?.kind === "tenant" ? Object.keys(section.identityProviders) : [];
    });
    return [...new Set([...drafted.map(({ name }) => name), ...live])];
  }

  async function setsOf(scope: TenantScope, subject: string, identityProvider: string | undefined): Promise<SubjectOfProvider[]> {
    const names = identityProvider === undefined ? await providerNames(scope) : [identityProvider];
    return names.map((name) => ({ identityProvider: name, subject }));
  }

  async function find(scope: TenantScope, input: z.output<typeof endTenantSessionInput>): Promise<StoredSession> {
    const sets = input.subject === undefined ? null : await setsOf(scope, input.subject, input.identityProvider);
    for await (const { session } of walkSessions(sessionStore(), scope.slug, { sets, from: null, step: FIND_STEP }))
      if (toTenantSessionRow(scope.slug, session).id === input.id) return session;
    throw notFound("session");
  }

  /** Ends sessions, with the rows that say whose and how many; null where the store stopped answering on the way. */
  const recorded = async (scope: TenantScope, entry: AuditEntry, whose: Whose, end: () => Promise<number>): Promise<Ended> => ({
    ended: await work.recorded(
      scope,
      end,
      (sessions) => ({ ...entry, before: { sessions } }),
      async (tx, sessions, at) => {
        if (sessions !== 0) await recordRevocation(tx, scope.actor, { kind: "session", of: scope, ...whose, sessions }, at);
      },
    ),
  });

  return {
    async list(scope, raw) {
      requireOnTenant(scope, "tenant.read");
      const { cursor, limit, subject, identityProvider } = parse(listTenantSessionsInput, raw);
      const from = cursor === undefined ? null : decodeCursor(cursor, position);
      const store = sessionStore();
      return told(async () => {
        const sets = subject === undefined ? null : await setsOf(scope, subject, identityProvider);
        const items: TenantSessionRow[] = [];
        let last: WalkPosition | null = null;
        for await (const { session, set } of walkSessions(store, scope.slug, { sets, from, step: limit + 1 })) {
          if (items.length === limit && last !== null) return { items, nextCursor: encodeCursor([last.set, last.after]) };
          items.push(toTenantSessionRow(scope.slug, session));
          last = placeBehind(set, session);
        }
        return { items, nextCursor: null };
      });
    },

    async end(scope, raw) {
      requireOnTenant(scope, "session.end");
      const input = parse(endTenantSessionInput, raw);
      const store = sessionStore();
      await told(async () => {
        const { digest, identityProvider, subject } = await find(scope, input);
        const entry = { action: "tenant_session.end", targetKind: "TenantSession", targetName: `${identityProvider}/${subject}` };
        await recorded(scope, entry, { subject, name: identityProvider, reason: input.reason }, async () => {
          if (await store.remove(scope.slug, digest)) return 1;
          throw notFound("session");
        });
      });
    },

    async endOfSubject(scope, raw) {
      requireOnTenant(scope, "session.end");
      const { subject, identityProvider, reason } = parse(endSubjectSessionsInput, raw);
      const store = sessionStore();
      return told(async () => {
        const sets = await setsOf(scope, subject, identityProvider);
        const targetName = identityProvider === undefined ? subject : `${identityProvider}/${subject}`;
        const entry = { action: "tenant_session.end_of_subject", targetKind: "Subject", targetName };
        return recorded(scope, entry, { subject, name: identityProvider ?? null, reason }, async () => {
          let ended = 0;
          for (const set of sets) ended += await store.removeOfSubject(scope.slug, set);
          return ended;
        });
      });
    },

    async endAll(scope, raw = {}) {
      requireOnTenant(scope, "session.end");
      const { reason } = parse(endAllSessionsInput, raw);
      const store = sessionStore();
      const entry = { action: "tenant_session.end_all", targetKind: "Tenant", targetName: scope.slug };
      return told(() => recorded(scope, entry, { subject: null, name: null, reason }, () => store.removeOfTenant(scope.slug)));
    },
  };
}
