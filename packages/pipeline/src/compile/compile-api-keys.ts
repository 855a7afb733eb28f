import type { ApiKeysSection } from "@sallyport/snapshot";
import type { CompiledApiKey } from "../compiled.js";
import type { CompileErrors } from "./compile-error.js";

const NO_KEYS: ReadonlyMap<string, CompiledApiKey> = new Map();

/** A tenant's API keys by what they hash to. Two names for one key would give it two sets of rights. */
export function compileApiKeys(section: ApiKeysSection | undefined, errors: CompileErrors): ReadonlyMap<string, CompiledApiKey> {
  if (section === undefined) return NO_KEYS;
  const keys = new Map<string, CompiledApiKey>();
  for (const [name, entry] of Object.entries(section.keys)) {
    const other = keys.get(entry.hash);
    if (other !== undefined) errors.add(`installation/api-keys/${section.tenant}/${name}`, `hash: it is already that of ${other.name}`);
    const goodUntilMs = entry.expiresAt === null ? Number.POSITIVE_INFINITY : entry.expiresAt * 1_000;
    keys.set(entry.hash, { tenant: section.tenant, name, entry, goodUntilMs });
  }
  return keys;
}
