import type { Role } from "@sallyport/control-plane";

/** What each role is called and for. The permission table itself stays in the services. */
export const ROLE_WORDS = {
  platform_admin: { name: "Platform admin", summary: "Everything, people and roles included" },
  operator: { name: "Operator", summary: "Edits tenants, nodes and policies; does not publish" },
  publisher: { name: "Publisher", summary: "Edits, publishes and rolls back" },
  security_reviewer: { name: "Security reviewer", summary: "Works on alerts; reads everything else" },
  viewer: { name: "Viewer", summary: "Reads everything, changes nothing" },
  tenant_admin: { name: "Tenant admin", summary: "Manages the identity providers of one tenant" },
  tenant_viewer: { name: "Tenant viewer", summary: "Reads one tenant" },
} as const satisfies Record<Role, { name: string; summary: string }>;

/** Roles that hold for the whole fleet, the strongest first. */
export const FLEET_ROLES = ["platform_admin", "operator", "publisher", "security_reviewer", "viewer"] as const satisfies readonly Role[];
