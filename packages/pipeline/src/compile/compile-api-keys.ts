import type { ApiKeyEntry, ApiKeysSection } from "@sallyport/snapshot";
import type { CompiledApiKey } from "../compiled.js";
import type { Principal } from "../decision.js";
import { VerifiedCredential } from "../verified-credential.js";
import type { CompileErrors } from "./compile-error.js";

const NOTHING: readonly string[] = Object.freeze([]);
const NO_CLAIMS: Principal["claims"] = Object.freeze({});
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
    add(entry.hash, { tenant, name, entry, isPrevious: false, goodUntilMs, credential: credentialOf(tenant, entry, goodUntilMs) });
    const { previous } = entry;
    if (previous === null) continue;
    const previousUntilMs = Math.min(previous.expiresAt * 1_000, goodUntilMs);
    const credential = credentialOf(tenant, entry, previousUntilMs);
    add(previous.hash, { tenant, name, entry, isPrevious: true, goodUntilMs: previousUntilMs, credential });
  }
  return keys;
}

/** Made here once, so that a request with a key makes nothing: its identity headers are written once, too. */
function credentialOf(tenant: string, { subject, scopes }: ApiKeyEntry, goodUntilMs: number): VerifiedCredential {
  const expiresAt = Number.isFinite(goodUntilMs) ? Math.floor(goodUntilMs / 1_000) : null;
  return new VerifiedCredential({
    subject,
    tenant,
    authenticator: "api_key",
    identityProvider: null,
    issuer: null,
    email: null,
    roles: NOTHING,
    scopes,
    organization: null,
    sessionId: null,
    expiresAt,
    claims: NO_CLAIMS,
  });
}
