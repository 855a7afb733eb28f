import type { DataTransaction } from "@sallyport/data";
import type { TenantKind } from "@sallyport/snapshot";
import { tenantDeclared } from "../objects/declared.js";
import { listStored } from "../objects/object-table.js";
import { KIND_LABELS } from "../objects/references.js";
import { check } from "../validation.js";
import { type SecretUse, secretUsesOf } from "./secret-uses.js";

/** A use of a secret in a tenant's draft, and what uses it in words: `identity provider "main"`. */
export interface DraftUse extends SecretUse {
  readonly words: string;
}

/** Kinds whose specs name secrets. */
const NAMING = ["IdentityProvider"] as const satisfies readonly TenantKind[];

/** Where the tenant's draft sends its secrets. An object that this build cannot read names nothing. */
export async function draftUses(tx: DataTransaction, tenantId: string): Promise<DraftUse[]> {
  const uses: DraftUse[] = [];
  for (const kind of NAMING)
    for (const { name, spec } of await listStored(tx, tenantId, kind)) {
      const object = check(tenantDeclared, { kind, spec });
      if (!object.ok) continue;
      for (const use of secretUsesOf(object.value)) uses.push({ ...use, words: `${KIND_LABELS[kind]} "${name}"` });
    }
  return uses;
}
