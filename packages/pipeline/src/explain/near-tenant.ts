import { claimAt } from "../claim-path.js";
import { type NearMiss, near } from "./near-miss.js";
import type { SeenToken } from "./seen-token.js";

/** The tenant claim is almost the one that is wanted, or stands somewhere else. */
export function nearTenant({ idp, token: { claims } }: SeenToken): NearMiss[] {
  const wanted = idp?.tenantClaim ?? null;
  if (idp === null || wanted === null) return [];
  const path = wanted.path.join("/");
  const value = claimAt(claims, wanted.path);
  if (value === wanted.value) return [];
  if (typeof value === "string" && value.trim().toLowerCase() === wanted.value.toLowerCase())
    return [
      near(
        "tenant_claim_spelling",
        `The claim ${path} has ${JSON.stringify(value)}, and ${idp.name} wants ${JSON.stringify(wanted.value)}: capital letters and blanks count. Write the value as the token has it.`,
      ),
    ];
  const elsewhere = Object.keys(claims).find((name) => claims[name] === wanted.value);
  if (value !== undefined || elsewhere === undefined) return [];
  return [
    near(
      "tenant_claim_elsewhere",
      `The token has no claim ${path}; ${JSON.stringify(wanted.value)} stands in ${elsewhere}. Name that claim as the tenant claim of ${idp.name}.`,
    ),
  ];
}
