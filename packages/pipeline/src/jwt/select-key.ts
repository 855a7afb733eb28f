import type { CompiledIdentityProvider } from "../compiled.js";
import type { KeySet, KeysUnavailable, Ports, VerificationKey } from "../ports.js";
import { Refusal } from "../refusal.js";
import type { JoseHeader } from "./jose-header.js";
import type { ParsedToken } from "./parse-token.js";

/** The key that must have signed, and the generation of the set that it came from. */
export interface SelectedKey {
  readonly key: VerificationKey;
  readonly generation: number;
}

/**
 * BEHAVIOUR 3a: the key by (tenant, IdP, `kid`). Synchronous while the IdP's keys are at hand; a load at first use, and one refresh
 * on an unknown `kid`, make it a promise.
 */
export function selectKey(idp: CompiledIdentityProvider, token: ParsedToken, ports: Ports): SelectedKey | Refusal | Promise<SelectedKey | Refusal> {
  const current = ports.keys.current(idp);
  if (current !== null) return pickOrRefresh(idp, current, token, ports);
  return ports.keys
    .load(idp)
    .then((loaded) => ("unavailable" in loaded ? new Refusal("idp_unavailable", loaded.unavailable) : pickOrRefresh(idp, loaded, token, ports)));
}

function pickOrRefresh(
  idp: CompiledIdentityProvider,
  set: KeySet,
  token: ParsedToken,
  ports: Ports,
): SelectedKey | Refusal | Promise<SelectedKey | Refusal> {
  const { header } = token;
  const picked = pickKey(set, header);
  if (!(picked instanceof Refusal) || !isUnknownKid(set, header)) return picked;
  const refuse = (): Refusal => {
    ports.keys.refusedUnknownKid(idp, `${token.jws.signingInput}.${token.jws.signature}`);
    return picked;
  };
  const refresh = ports.keys.refreshForUnknownKid(idp);
  return refresh === null ? refuse() : refresh.then((refreshed) => afterRefresh(refreshed, header, refuse));
}

/** @param refuse with the keys that were there before: they are still good, and do not know this `kid` */
function afterRefresh(refreshed: KeySet | KeysUnavailable, header: JoseHeader, refuse: () => Refusal): SelectedKey | Refusal {
  return "unavailable" in refreshed || isUnknownKid(refreshed, header) ? refuse() : pickKey(refreshed, header);
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
