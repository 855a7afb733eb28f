/** The one permission table: UI, tRPC and REST ask it, nothing else decides (DESIGN §7). */
export const ROLES = ["platform_admin", "operator", "publisher", "security_reviewer", "viewer", "tenant_admin", "tenant_viewer"] as const;
export type Role = (typeof ROLES)[number];

/** Roles that are bound to named tenants; all others hold for the whole fleet. */
export const TENANT_ROLES = ["tenant_admin", "tenant_viewer"] as const satisfies readonly Role[];

export const PERMISSIONS = [
  "tenant.read",
  "tenant.write",
  "tenant.create",
  "tenant.delete",
  "idp.write",
  "api_key.write",
  "session.end",
  "lockout.end",
  "revocation.write",
  "route.write",
  "policy.write",
  "portal.write",
  "fleet.read",
  "fleet.write",
  "node.read",
  "node.write",
  "draft.read",
  "revision.publish",
  "revision.overrule",
  "revision.break_glass",
  "revision.rollback",
  "alert.read",
  "alert.write",
  "audit.read",
  "people.read",
  "people.write",
  "token.write",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const READ_ALL = ["tenant.read", "fleet.read", "node.read", "draft.read", "alert.read", "audit.read"] as const;
const EDIT = [
  "tenant.write",
  "tenant.create",
  "idp.write",
  "api_key.write",
  "session.end",
  "lockout.end",
  "revocation.write",
  "route.write",
  "policy.write",
  "portal.write",
  "fleet.write",
] as const;

/** What each role may do. Rows read as documentation; the default role is none. */
export const ROLE_PERMISSIONS = {
  platform_admin: PERMISSIONS,
  operator: [...READ_ALL, ...EDIT, "tenant.delete", "node.write", "alert.write", "people.read", "token.write"],
  publisher: [...READ_ALL, ...EDIT, "node.write", "revision.publish", "revision.overrule", "revision.rollback", "token.write"],
  security_reviewer: [...READ_ALL, "alert.write"],
  viewer: READ_ALL,
  tenant_admin: ["tenant.read", "idp.write", "api_key.write", "session.end", "lockout.end", "revocation.write"],
  tenant_viewer: ["tenant.read"],
} as const satisfies Record<Role, readonly Permission[]>;

/** For people: the role's name and what it is for. */
export const ROLE_LABELS = {
  platform_admin: { name: "Platform admin", summary: "Everything, people and roles included" },
  operator: { name: "Operator", summary: "Edits tenants, nodes and policies; does not publish" },
  publisher: { name: "Publisher", summary: "Edits, publishes and rolls back" },
  security_reviewer: { name: "Security reviewer", summary: "Works on alerts; reads everything else" },
  viewer: { name: "Viewer", summary: "Reads everything, changes nothing" },
  tenant_admin: { name: "Tenant admin", summary: "Manages the identity providers and API keys of one tenant" },
  tenant_viewer: { name: "Tenant viewer", summary: "Reads one tenant" },
} as const satisfies Record<Role, { name: string; summary: string }>;

/** What an invitation to the portal can be for. */
export const PORTAL_INTENTS = ["identity_provider", "test"] as const;
export type PortalIntent = (typeof PORTAL_INTENTS)[number];

/** What a session of the portal may do on its tenant, by what it was invited for; on other tenants and the fleet it may do nothing. */
export const PORTAL_PERMISSIONS = {
  identity_provider: ["tenant.read", "idp.write"],
  test: ["tenant.read"],
} as const satisfies Record<PortalIntent, readonly Permission[]>;
