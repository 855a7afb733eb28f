import "server-only";
import type { inferRouterOutputs } from "@trpc/server";
import { createCallerFactory, router } from "@/server/trpc/init";
import { alertsRouter } from "@/server/trpc/routers/alerts";
import { apiKeysRouter } from "@/server/trpc/routers/api-keys";
import { approvalsRouter } from "@/server/trpc/routers/approvals";
import { auditRouter } from "@/server/trpc/routers/audit";
import { draftRouter } from "@/server/trpc/routers/draft";
import { fleetRouter, groupsRouter, installationRouter } from "@/server/trpc/routers/fleet";
import { healthRouter } from "@/server/trpc/routers/health";
import { identityProvidersRouter } from "@/server/trpc/routers/identity-providers";
import { limitUsesRouter } from "@/server/trpc/routers/limit-uses";
import { lockoutsRouter } from "@/server/trpc/routers/lockouts";
import { joinTokensRouter, nodesRouter } from "@/server/trpc/routers/nodes";
import { objectsRouter } from "@/server/trpc/routers/objects";
import { overviewRouter } from "@/server/trpc/routers/overview";
import { apiTokensRouter, peopleRouter } from "@/server/trpc/routers/people";
import { policyTestsRouter } from "@/server/trpc/routers/policy-tests";
import { portalChangesRouter, portalInvitationsRouter } from "@/server/trpc/routers/portal";
import { radarRouter } from "@/server/trpc/routers/radar";
import { revisionsRouter } from "@/server/trpc/routers/revisions";
import { revocationsRouter } from "@/server/trpc/routers/revocations";
import { rolloutsRouter } from "@/server/trpc/routers/rollouts";
import { secretsRouter } from "@/server/trpc/routers/secrets";
import { sessionRouter } from "@/server/trpc/routers/session";
import { tenantSessionsRouter } from "@/server/trpc/routers/tenant-sessions";
import { tenantsRouter } from "@/server/trpc/routers/tenants";
import { trafficRouter } from "@/server/trpc/routers/traffic";

export const appRouter = router({
  session: sessionRouter,
  overview: overviewRouter,
  tenants: tenantsRouter,
  objects: objectsRouter,
  policyTests: policyTestsRouter,
  identityProviders: identityProvidersRouter,
  radar: radarRouter,
  secrets: secretsRouter,
  apiKeys: apiKeysRouter,
  tenantSessions: tenantSessionsRouter,
  limitUses: limitUsesRouter,
  traffic: trafficRouter,
  portalInvitations: portalInvitationsRouter,
  portalChanges: portalChangesRouter,
  lockouts: lockoutsRouter,
  revocations: revocationsRouter,
  draft: draftRouter,
  approvals: approvalsRouter,
  revisions: revisionsRouter,
  rollouts: rolloutsRouter,
  nodes: nodesRouter,
  health: healthRouter,
  joinTokens: joinTokensRouter,
  groups: groupsRouter,
  installation: installationRouter,
  fleet: fleetRouter,
  alerts: alertsRouter,
  audit: auditRouter,
  people: peopleRouter,
  apiTokens: apiTokensRouter,
});
export const createCaller = createCallerFactory(appRouter);

export type AppRouter = typeof appRouter;
export type RouterOutputs = inferRouterOutputs<AppRouter>;
