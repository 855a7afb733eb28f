import type { CompiledIdentityProvider, CompiledSnapshot, KeySource } from "@sallyport/pipeline";

/** More than these are left to their first request. */
const MOST = 100;
const AT_ONCE = 8;

/** Loads the keys of IdPs that a revision brought or changed, beside the traffic: nobody waits for it, and it ends by itself. */
export async function warmKeys(keys: KeySource, { tenants, changes }: CompiledSnapshot): Promise<void> {
  const cold: CompiledIdentityProvider[] = [];
  for (const tenant of changes?.brought ?? tenants.values()) {
    for (const idp of tenant.identityProviders.values()) {
      if (cold.length < MOST && idp.spec.keys.kind !== "none" && keys.current(idp) === null) cold.push(idp);
    }
    if (cold.length >= MOST) break;
  }
  const work = async (): Promise<void> => {
    for (let idp = cold.pop(); idp !== undefined; idp = cold.pop()) await keys.load(idp);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, cold.length) }, work));
}
