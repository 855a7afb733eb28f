import { createAccess } from "./access/access.js";
import { createApiKeys } from "./api-keys/api-keys.js";
import { createApiTokens } from "./api-tokens/api-tokens.js";
import { createAudit } from "./audit/audit.js";
import { createConfig } from "./config/config.js";
import type { ControlPlaneDeps } from "./deps.js";
import { createFleet } from "./fleet/fleet.js";
import { createFleetServices } from "./fleet-services.js";
import { createGroups } from "./groups/groups.js";
import { createIdempotency } from "./idempotency/idempotency.js";
import { createAddressCheck } from "./identity-providers/address-issues.js";
import { createIdentityProviders } from "./identity-providers/identity-providers.js";
import { createInternalKeys } from "./internal-keys/internal-keys.js";
import { createLimitUses } from "./limit-use/limit-use.js";
import { createPressedKeys } from "./limit-use/pressed-keys.js";
import { createLockouts } from "./lockouts/lockouts.js";
import { createObjects } from "./objects/objects.js";
import { createPeople } from "./people/people.js";
import { createPortalInvitations } from "./portal/invitations.js";
import { createPortalSessions } from "./portal/portal-sessions.js";
import { createPortalProviders } from "./portal/providers.js";
import { createPortalSetup } from "./portal/setup.js";
import { createRevisionParts } from "./publish/revision-parts.js";
import { createRevocations } from "./revocations/revocations.js";
import { createSecrets } from "./secrets/secrets.js";
import { createSessions } from "./sessions/sessions.js";
import { createTenantSessions } from "./tenant-sessions/tenant-sessions.js";
import { createTenants } from "./tenants/index.js";
import { createTrafficRecordings } from "./traffic/recordings.js";
import { createSimulations } from "./traffic/simulations.js";

/** The composition root of the domain: one property per noun. Nothing connects before the first call. */
export function createControlPlane(deps: ControlPlaneDeps) {
  const parts = createRevisionParts(deps);
  const objects = createObjects({ ...deps, checkSpec: createAddressCheck(deps) });
  const { close: closeProviders, ...identityProviders } = createIdentityProviders({ ...deps, ...parts, objects });
  const fleetServices = createFleetServices(deps, parts);
  const tenantSessions = createTenantSessions(deps, parts);
  const secrets = createSecrets(deps, parts);
  return {
    ...fleetServices,
    access: createAccess(deps),
    apiKeys: createApiKeys(deps, parts),
    apiTokens: createApiTokens(deps),
    audit: createAudit(deps),
    config: createConfig(deps, parts),
    fleet: createFleet(deps),
    groups: createGroups(deps),
    idempotency: createIdempotency(deps),
    identityProviders,
    internalKeys: createInternalKeys(deps, parts),
    limitUses: createLimitUses(deps, parts),
    lockouts: createLockouts(deps),
    objects,
    people: createPeople(deps),
    portalInvitations: createPortalInvitations(deps),
    portalProviders: createPortalProviders({ objects, identityProviders, secrets, changes: fleetServices.portalChanges }),
    portalSetup: createPortalSetup(deps, parts),
    portalSessions: createPortalSessions(deps),
    pressedKeys: createPressedKeys(deps),
    revocations: createRevocations(deps, { ...parts, tenantSessions }),
    secrets,
    sessions: createSessions(deps),
    simulations: createSimulations(deps, parts),
    tenants: createTenants({ ...deps, ...parts }),
    tenantSessions,
    trafficRecordings: createTrafficRecordings(deps),
    /** Ends what runs in the background. The database's clients stay open: they belong to the caller. */
    async close(): Promise<void> {
      await Promise.all([fleetServices.close(), closeProviders()]);
    },
  };
}

/** Every service of the control plane. */
export type ControlPlane = ReturnType<typeof createControlPlane>;
