import { createAccess } from "./access/access.js";
import type { ControlPlaneDeps } from "./deps.js";
import { createFleetServices } from "./fleet-services.js";
import { createIdempotency } from "./idempotency/idempotency.js";
import { createObjects } from "./objects/objects.js";
import { createDraftReader } from "./publish/draft-reader.js";
import { createLiveReader } from "./publish/live-revision.js";
import { createSecretBox } from "./secrets/sealed.js";
import { createTenants } from "./tenants/index.js";

/** The composition root of the domain: one property per noun. Nothing connects before the first call. */
export function createControlPlane(deps: ControlPlaneDeps) {
  const draft = createDraftReader(deps);
  const live = createLiveReader();
  const secrets = createSecretBox(deps.masterKey);
  return {
    ...createFleetServices(deps, { drafts: draft, readLive: live, secrets }),
    access: createAccess(deps),
    tenants: createTenants({ ...deps, draft, live }),
    idempotency: createIdempotency(deps),
    objects: createObjects({ ...deps, checkSpec: async () => [] }),
  };
}

/** Every service of the control plane. */
export type ControlPlane = ReturnType<typeof createControlPlane>;
