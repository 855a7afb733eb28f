import { normaliseHttpUri } from "../dpop/http-uri.js";
import type { Seen } from "./look-again.js";
import { type NearMiss, near } from "./near-miss.js";

/** So far beyond what is allowed a clock that is wrong is likelier than a proof that is old, s. */
const NEAR_SECONDS = 300;

/** The proof of possession (RFC 9449) is left out, or is one for almost this request. */
export function nearProof({ usesDpop, token, proof, uri, idp, route, ports }: Seen): NearMiss[] {
  if (!usesDpop) {
    const isBound = token !== null && typeof token.claims.cnf === "object" && token.claims.cnf !== null && Object.hasOwn(token.claims.cnf, "jkt");
    return isBound
      ? [
          near(
            "proof_scheme_missing",
            "The token is bound to a key (cnf.jkt) and was sent as a bearer token. Send `Authorization: DPoP <token>` and a proof in `DPoP`.",
          ),
        ]
      : [];
  }
  if (proof === null) return [];
  const { htu, iat } = proof;
  if (typeof htu === "string" && normaliseHttpUri(htu) !== uri)
    return [
      near(
        "proof_uri",
        `The proof is for ${JSON.stringify(htu.slice(0, 255))}, and the request came for ${JSON.stringify(uri)}. Where only the scheme differs, the proxy that ends TLS must be one of trustedProxies and send X-Forwarded-Proto.`,
      ),
    ];
  const asked = idp ?? route?.introspecting ?? null;
  if (asked === null || typeof iat !== "number") return [];
  const tolerance = asked.clockToleranceMs / 1_000;
  const lifetime = asked.dpop.lifetimeMs / 1_000;
  const age = ports.clock.now() / 1_000 - iat;
  const allowed = `${asked.name} takes proofs for ${lifetime} s, with a tolerance of ${tolerance} s`;
  if (age >= lifetime + tolerance && age < lifetime + tolerance + NEAR_SECONDS)
    return [
      near("proof_clock", `The proof is ${Math.floor(age)} s old, and ${allowed}. Make one for each request; compare the clocks of client and node.`),
    ];
  if (age < -tolerance && age >= -tolerance - NEAR_SECONDS)
    return [near("proof_clock", `The proof is ${Math.ceil(-age)} s ahead, and ${allowed}. Compare the clocks of client and node.`)];
  return [];
}
