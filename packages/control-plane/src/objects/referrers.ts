import type { TenantTransaction } from "@sallyport/data";
import type { TenantKind } from "@sallyport/snapshot";
import { check } from "../validation.js";
import { tenantDeclared } from "./declared.js";
import { listStored } from "./object-table.js";
import { KIND_LABELS, referencesOf } from "./references.js";

/** Kinds whose specs name other objects of their tenant. */
const REFERRING = ["IdentityProvider", "Route", "RateLimitPolicy"] as const satisfies readonly TenantKind[];

/** What in the tenant names this object, in words: `route "main"`. */
export async function referrersTo(tx: TenantTransaction, tenantId: string, kind: TenantKind, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const from of REFERRING) {
    for (const row of await listStored(tx, tenantId, from)) {
      const object = check(tenantDeclared, { kind: from, spec: row.spec });
      if (!object.ok) continue;
      const names = referencesOf(object.value).some((reference) => reference.kind === kind && reference.name === name);
      if (names) found.push(`${KIND_LABELS[from]} "${row.name}"`);
    }
  }
  return found;
}
