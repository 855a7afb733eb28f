import { createAccess } from "./access/access.js";
import { createApiTokens } from "./api-tokens/api-tokens.js";
import { createAudit } from "./audit/audit.js";
import type { ControlPlaneDeps } from "./deps.js";
import { createDraft } from "./draft/draft.js";
import { createFleet } from "./fleet/fleet.js";
import { createGroups } from "./groups/groups.js";
import { createInstallation } from "./installation/installation.js";
import { createSigningKeys } from "./keys/signing-keys.js";
import { createObjects } from "./objects/objects.js";
import { createPeople } from "./people/people.js";
import { createDraftReader } from "./publish/draft-reader.js";
import { createLiveReader } from "./publish/live-revision.js";
import { createPublisher } from "./publish/publisher.js";
import { createSectionStore } from "./publish/section-store.js";
import { createRevisions } from "./revisions/revisions.js";
import { createSecretBox } from "./secrets/sealed.js";
import { createSessions } from "./sessions/sessions.js";
import { createTenants } from "./tenants/index.js";

/** The composition root of the domain: one property per noun. Nothing connects before the first call. */
export function createControlPlane(deps: ControlPlaneDeps) {
  const keys = createSigningKeys(deps, createSecretBox(deps.masterKey));
  const installation = createInstallation(deps, keys);
  const parts = { installation, keys, drafts: createDraftReader(deps), sections: createSectionStore(), readLive: createLiveReader() };
  const publisher = createPublisher(deps, parts);
  return {
    access: createAccess(deps),
    apiTokens: createApiTokens(deps),
    audit: createAudit(deps),
    draft: createDraft(deps, parts, publisher),
    fleet: createFleet(deps),
    groups: createGroups(deps),
    installation,
    keys,
    objects: createObjects({ ...deps, checkSpec: async () => [] }),
    people: createPeople(deps),
    revisions: createRevisions(deps, parts, publisher),
    sessions: createSessions(deps),
    tenants: createTenants({ ...deps, draft: parts.drafts, live: parts.readLive }),
    /** Ends what runs in the background. The database's clients stay open: they belong to the caller. */
    async close(): Promise<void> {},
  };
}

/** Every service of the control plane. */
export type ControlPlane = ReturnType<typeof createControlPlane>;
