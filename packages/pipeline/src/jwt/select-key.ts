import type { CompiledIdentityProvider } from "../compiled.js";
import type { KeySet, KeysUnavailable, Ports, VerificationKey } from "../ports.js";
import { Refusal } from "../refusal.js";
import type { JoseHeader } from "./jose-header.js";

/** The key that must have signed, and the generation of the set that it came from. */
export interface SelectedKey {
  readonly key: VerificationKey;
  readonly generation: number;
}

/**
 * BEHAVIOUR 3a: the key by (tenant, IdP, `kid`). Synchronous while the IdP's keys are at hand; a load at first use, and one refresh
 * on an unknown `kid`, make it a promise.
 */
export function selectKey(idp: CompiledIdentityProvider, header: JoseHeader, ports: Ports): SelectedKey | Refusal | Promise<SelectedKey | Refusal> {
  const current = ports.keys.current(idp);
  if (current !== null) return pickOrRefresh(idp, current, header, ports);
  return ports.keys
    .load(idp)
    .then((loaded) => ("unavailable" in loaded ? new Refusal("idp_unavailable", loaded.unavailable) : pickOrRefresh(idp, loaded, header, ports)));
}

function pickOrRefresh(
  idp: CompiledIdentityProvider,
  set: KeySet,
  header: JoseHeader,
  ports: Ports,
): SelectedKey | Refusal | Promise<SelectedKey | Refusal> {
  const picked = pickKey(set, header);
  if (!(picked instanceof Refusal) || !isUnknownKid(set, header)) return picked;
  const refresh = ports.keys.refreshForUnknownKid(idp);
  return refresh === null ? picked : refresh.then((refreshed) => afterRefresh(refreshed, picked, header));
}

function afterRefresh(refreshed: KeySet | KeysUnavailable, picked: Refusal, header: JoseHeader): SelectedKey | Refusal {
  // The keys that were there before are still good, and they do not know this kid.
  return "unavailable" in refreshed ? picked : pickKey(refreshed, header);
}

const isUnknownKid = (set: KeySet, header: JoseHeader): boolean => header.kid !== null && !set.keys.some((key) => key.kid === header.kid);

/** The one key that the header names and that is bound to its algorithm. Two are as bad as none: neither is tried. */
export function pickKey(set: KeySet, header: JoseHeader): SelectedKey | Refusal {
  let found: VerificationKey | null = null;
  let namedByKid = false;
  for (const key of set.keys) {
    if (header.kid !== null && key.kid !== header.kid) continue;
    namedByKid = true;
    if (!key.algorithms.includes(header.algorithm)) continue;
    if (found !== null) return new Refusal("unknown_signing_key", "more than one key could have signed");
    found = key;
  }
  if (found !== null) return { key: found, generation: set.generation };
  if (header.kid !== null && namedByKid) return new Refusal("invalid_token", "the key that the token names is bound to another algorithm");
  return new Refusal("unknown_signing_key", header.kid === null ? "no key fits the token's algorithm" : "the identity provider has no such key");
}
