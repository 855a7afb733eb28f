import type { CompiledIdentityProvider } from "../compiled.js";
import type { DenyCode } from "../deny-codes.js";
import { type NearMiss, near } from "./near-miss.js";
import type { SeenToken } from "./seen-token.js";

/** Providers whose keys are looked through. */
const MAX_PROVIDERS = 50;

/** The key that the token names is not there, or none can be had. */
export function nearKey({ idp, token, tenant, compiled, ports }: SeenToken, code: DenyCode): NearMiss[] {
  if (idp === null) return [];
  if (code === "idp_unavailable") {
    const cap = idp.staleKeysMaxAgeMs / 1_000;
    return [
      near(
        "keys_too_old",
        `Of ${idp.name} there are no keys that may be used: never fetched, or last fetched more than ${cap} s ago. Run the provider's checks; what they find keeps the nodes from it too.`,
      ),
    ];
  }
  const { kid } = token.header;
  if (code !== "unknown_signing_key" || kid === null) return [];
  const others = [...tenant.identityProviders.values(), ...(compiled.issuers.get(idp.issuer) ?? [])].filter((other) => other !== idp);
  const holder = others.slice(0, MAX_PROVIDERS).find((other) => kidsOf(other, ports).includes(kid));
  if (holder !== undefined) {
    const own = holder.tenant === idp.tenant;
    const whose = own ? `that of ${holder.name}` : "known at the same issuer's entry of another tenant";
    return [
      near(
        "key_of_other_provider",
        `The key ${JSON.stringify(kid)} is not one of ${idp.name}, but ${whose}. The token's issuer and its key do not belong together: compare issuer and key set of both.`,
        own ? null : { tenant: holder.tenant, identityProvider: holder.name },
      ),
    ];
  }
  const known = kidsOf(idp, ports);
  return [
    near(
      "key_unknown",
      `The key ${JSON.stringify(kid)} is not in the key set of ${idp.name}, which has ${known.length === 0 ? "none with a name" : known.map((each) => JSON.stringify(each)).join(", ")}. The provider has rotated it away, or the token is of another one.`,
    ),
  ];
}

const kidsOf = (idp: CompiledIdentityProvider, ports: SeenToken["ports"]): string[] =>
  (ports.keys.current(idp)?.keys ?? []).flatMap(({ kid }) => (kid === null ? [] : [kid]));
