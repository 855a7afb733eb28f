import { type DataClients, withFleet } from "@sallyport/data";
import { createIdpHttp, type FetchReason, type IdpHttp } from "@sallyport/idp-client";
import type { FleetSpec, IdentityProviderSpec } from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";
import { readSettings } from "../fleet/fleet.js";
import type { CheckSpec } from "../objects/objects.js";

/** A name that does not resolve at this moment is no reason against saving; connecting asks again (SECURITY §2). */
const REFUSING: ReadonlySet<FetchReason> = new Set(["invalid_url", "scheme_refused", "address_refused"]);
const LOOKUP_TIMEOUT_MS = 1_500;

/** Addresses that nodes will call for this IdP, each with the field that names it. */
function addressesOf({ issuer, keys, introspection }: IdentityProviderSpec): { path: string; url: string }[] {
  const addresses: { path: string; url: string }[] = [];
  if (keys.kind !== "none") addresses.push(keys.url === undefined ? { path: "spec.issuer", url: issuer } : { path: "spec.keys.url", url: keys.url });
  if (introspection?.endpoint !== undefined) addresses.push({ path: "spec.introspection.endpoint", url: introspection.endpoint });
  return addresses;
}

/** Issues for addresses that may not be called: odd spellings, private or plain-http ones outside the operator's ranges. */
export async function addressIssues(http: Pick<IdpHttp, "checkUrl">, spec: IdentityProviderSpec): Promise<FieldIssue[]> {
  const issues: FieldIssue[] = [];
  for (const { path, url } of addressesOf(spec)) {
    const answer = await http.checkUrl(url, { timeoutMs: LOOKUP_TIMEOUT_MS });
    if (answer.ok || !REFUSING.has(answer.reason)) continue;
    issues.push({ path, message: `cannot be called: ${answer.detail}; write another address, or have its range allowed in the fleet's settings` });
  }
  return issues;
}

/** What the operator lets identity providers be called with, as it stands in the draft: what is saved now is judged by what is declared now. */
export const callingSettings = async (data: DataClients): Promise<Pick<FleetSpec, "idpAllowedRanges" | "idpCertificates">> =>
  (await withFleet(data.fleet, readSettings)).spec;

/** Looks at an identity provider's addresses before it is saved. */
export function createAddressCheck({ data }: { readonly data: DataClients }): CheckSpec {
  return async (object) => {
    if (object.kind !== "IdentityProvider") return [];
    const { idpAllowedRanges } = await callingSettings(data);
    const http = createIdpHttp({ allowedRanges: () => idpAllowedRanges });
    try {
      return await addressIssues(http, object.spec);
    } finally {
      await http.close();
    }
  };
}
