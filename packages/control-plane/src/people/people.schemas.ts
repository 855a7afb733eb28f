import { z } from "zod";
import { ROLES, TENANT_ROLES } from "../access/permissions.js";

/** Compared and stored in lower case. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "is too long; an e-mail address has at most 254 characters")
  .regex(/^[^\s@]+@[^\s@]+$/, "is not an e-mail address; write it as name@example.com");

export const personName = z.string().trim().min(1, "is empty; write the name that colleagues know").max(120);

const isTenantRole = (role: string): boolean => (TENANT_ROLES as readonly string[]).includes(role);

/** A role, and the tenant that it is bound to where it is one of the tenant roles. */
export const roleGrant = z
  .strictObject({ role: z.enum(ROLES), tenant: z.string().max(63).nullable().default(null) })
  .refine((grant) => isTenantRole(grant.role) === (grant.tenant !== null), {
    path: ["tenant"],
    error: "must name a tenant for tenant roles, and none for all others; correct the role or the tenant",
  });
export type RoleGrant = z.output<typeof roleGrant>;

const roles = z.array(roleGrant).max(200);

export const redeemLinkInput = z.strictObject({
  token: z.string().max(200),
  email,
  displayName: personName,
  password: z.string(),
});
export const invitePersonInput = z.strictObject({ email, displayName: personName, roles });
export const setRolesInput = z.strictObject({ personId: z.uuid(), roles });
export const disablePersonInput = z.strictObject({ personId: z.uuid() });
