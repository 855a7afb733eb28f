import type { CounterExample } from "@sallyport/pipeline";
import { FLEET_SECTION, type FleetSection, type Manifest, type Section, type TenantSection } from "@sallyport/snapshot";
import type { Finding } from "../publish/compile-check.js";
import type { DraftState } from "../publish/draft-reader.js";
import { slugOfSection } from "../publish/manifest.js";

/** What two tenants would both take, each example once. */
export function counterExamplesOf(findings: readonly Finding[]): CounterExample[] {
  return [...new Set(findings.flatMap(({ counterExample }) => counterExample ?? []))];
}

/** How many pairs of tenants the isolation proof speaks of. */
export function pairsOf(manifest: Manifest): number {
  const tenants = Object.keys(manifest).filter((name) => slugOfSection(name) !== null).length;
  return (tenants * (tenants - 1)) / 2;
}

function ofTenant(section: TenantSection, sharesProvider: boolean): Finding[] {
  const path = `tenants/${section.slug}`;
  const providers = Object.values(section.identityProviders);
  const found: Finding[] = [];
  if (section.status === "suspended") return [{ path, message: "is suspended: every request is refused" }];
  if (providers.length === 0 && sharesProvider)
    found.push({ path, message: "has no identity provider of its own: tokens of the fleet's default one are accepted" });
  else if (providers.length === 0) found.push({ path, message: "has no identity provider: every token is refused" });
  else if (providers.every(({ status }) => status === "disabled"))
    found.push({ path, message: "has no identity provider that is enabled: every token is refused" });
  if (Object.keys(section.routes).length === 0) found.push({ path, message: "has no route: every request is answered with 404" });
  for (const [name, route] of Object.entries(section.routes)) {
    if (route.authentication.mode === "deny")
      found.push({ path: `${path}/routes/${name}`, message: "denies every request; choose who may pass, or leave it so on purpose" });
    if (route.authentication.mode === "public") found.push({ path: `${path}/routes/${name}`, message: "is public: it passes without a credential" });
  }
  for (const [name, policy] of Object.entries(section.degradationPolicies)) {
    if (policy.introspection !== "PASS_THROUGH") continue;
    const message = "lets requests pass unauthenticated while a provider cannot be asked about tokens";
    found.push({ path: `tenants/${section.slug}/degradationPolicies/${name}`, message });
  }
  return found;
}

const ofFleet = (section: FleetSection): Finding[] =>
  section.settings.baseDomains.length === 0 && section.settings.resolution.includes("subdomain")
    ? [{ path: "fleet", message: "resolves tenants by subdomain and has no base domain: add one, or switch the source off" }]
    : [];

const ofSection = (section: Section, sharesProvider: boolean): Finding[] => {
  switch (section.kind) {
    case "tenant":
      return ofTenant(section, sharesProvider);
    case "fleet":
      return ofFleet(section);
    case "key-purges":
    case "revocations":
    case "seed-keys":
    case "api-keys":
    case "internal-keys":
    case "secrets":
      return [];
    default:
      return section satisfies never;
  }
};

/** What is allowed and may still not be what somebody meant, in these sections of the draft. */
export function warningsOf(draft: DraftState, names: Iterable<string>): Finding[] {
  const found: Finding[] = [];
  const fleet = draft.section(FLEET_SECTION);
  const sharesProvider = fleet?.kind === "fleet" && fleet.settings.defaultIdentityProvider !== null;
  for (const name of names) {
    const section = draft.section(name);
    if (section !== undefined) found.push(...ofSection(section, sharesProvider));
  }
  return found;
}

/** Sections that this build cannot read at all. */
export const unreadableFindings = (draft: DraftState): Finding[] =>
  [...draft.unreadable].flatMap(([name, issues]) => issues.map((issue) => ({ path: name, message: `${issue.path} ${issue.message}` })));
