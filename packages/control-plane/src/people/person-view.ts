import type { Prisma } from "@sallyport/data";
import type { Role } from "../access/permissions.js";
import type { RoleGrant } from "./people.schemas.js";

/** A person as others see them. */
export interface PersonView {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly RoleGrant[];
}

/** What is read of a person; never the password's hash. */
export const PERSON = {
  id: true,
  email: true,
  displayName: true,
  status: true,
  roles: { select: { role: true, tenantId: true, tenant: { select: { slug: true } } }, orderBy: [{ role: "asc" }, { tenantId: "asc" }] },
} as const satisfies Prisma.PersonSelect;

export type StoredPerson = Prisma.PersonGetPayload<{ select: typeof PERSON }>;

export const toPersonView = ({ id, email, displayName, roles }: StoredPerson): PersonView => ({
  id,
  email,
  displayName,
  roles: roles.map(({ role, tenant }) => ({ role: role as Role, tenant: tenant?.slug ?? null })),
});
