import { type ClaimPath, claimAt } from "./claim-path.js";
import type { Principal } from "./decision.js";
import { encodeHeaderList, encodeHeaderValue } from "./encode-header-value.js";

/** What a header can say of the principal. */
export type IdentitySource =
  | "userId"
  | "email"
  | "roles"
  | "tenantId"
  | "organization"
  | "tenantPlan"
  | "issuer"
  | "scopes"
  | "expires"
  | "sessionId"
  | "claim";

/** One header of the closed list. */
export interface IdentityField {
  readonly header: string;
  readonly source: IdentitySource;
  /** For `claim` only. */
  readonly path: ClaimPath | null;
}

type Reader = (principal: Principal, plan: string, path: ClaimPath | null) => string | null;

const scalar = (value: string | null): string | null => (value === null || value === "" ? null : encodeHeaderValue(value));

const READERS: Readonly<Record<IdentitySource, Reader>> = {
  userId: (principal) => scalar(principal.subject),
  email: (principal) => scalar(principal.email),
  roles: (principal) => encodeHeaderList(principal.roles),
  tenantId: (principal) => scalar(principal.tenant),
  organization: (principal) => scalar(principal.organization),
  tenantPlan: (_, plan) => scalar(plan),
  issuer: (principal) => scalar(principal.issuer),
  scopes: (principal) => encodeHeaderList(principal.scopes),
  expires: (principal) => (principal.expiresAt === null ? null : String(principal.expiresAt)),
  sessionId: (principal) => scalar(principal.sessionId),
  claim: (principal, _, path) => (path === null ? null : claimValue(claimAt(principal.claims, path))),
};

/** A header's value, or null when the principal has nothing to say there. Never throws, never holds anything but visible ASCII. */
export const readIdentityField = (field: IdentityField, principal: Principal, plan: string): string | null =>
  READERS[field.source](principal, plan, field.path);

/** Text, numbers and truth values, and lists of them; objects have no form in a header and are left out. */
function claimValue(value: unknown): string | null {
  if (Array.isArray(value)) return encodeHeaderList(value.map(scalarText).filter((text) => text !== null));
  return scalar(scalarText(value));
}

function scalarText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return null;
}
