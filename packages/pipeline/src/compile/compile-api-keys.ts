import type { ApiKeysSection } from "@sallyport/snapshot";
import type { CompiledApiKey } from "../compiled.js";
import type { CompileErrors } from "./compile-error.js";

const NO_KEYS: ReadonlyMap<string, CompiledApiKey> = new Map();

/** A tenant's API keys by what they hash to. Two names for one key would give it two sets of rights. */
export function compileApiKeys(section: ApiKeysSection | undefined, errors: CompileErrors): ReadonlyMap<string, CompiledApiKey> {
  if (section === undefined) return NO_KEYS;
  const { tenant } = section;
  const keys = new Map<string, CompiledApiKey>();
  const add = (hash: string, key: CompiledApiKey): void => {
    const other = keys.get(hash);
    if (other !== undefined) errors.add(`installation/api-keys/${tenant}/${key.name}`, `hash: it is already that of ${other.name}`);
    keys.set(hash, key);
  };
  for (const [name, entry] of Object.entries(section.keys)) {
    const goodUntilMs = entry.expiresAt === null ? Number.POSITIVE_INFINITY : entry.expiresAt * 1_000;
    add(entry.hash, { tenant, name, entry, isPrevious: false, goodUntilMs });
    const { previous } = entry;
    if (previous !== null)
      add(previous.hash, { tenant, name, entry, isPrevious: true, goodUntilMs: Math.min(previous.expiresAt * 1_000, goodUntilMs) });
  }
  return keys;
}
