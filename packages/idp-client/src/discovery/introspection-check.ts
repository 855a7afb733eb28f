import type { IdpHttp } from "../http/idp-http.js";
import { failedCall } from "./judge-provider.js";
import type { Finding } from "./provider-check.js";

/** One more row for providers that are asked about tokens. */
export interface IntrospectionCheck extends Finding {
  readonly id: "introspection";
  readonly title: string;
  readonly ms: number;
}

/**
 * Where tokens would be asked about, and whether a node may call there. The address alone is judged: to ask, one has to be a client.
 * @param configured what the settings name; it goes before what the document names @param discovered null when the document names none, or could not be read
 */
export async function checkIntrospectionEndpoint(
  http: Pick<IdpHttp, "checkUrl">,
  { configured, discovered }: { readonly configured: string | null; readonly discovered: string | null },
  { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
): Promise<IntrospectionCheck> {
  const row = { id: "introspection", title: "Introspection endpoint may be called" } as const;
  const began = performance.now();
  const url = configured ?? discovered;
  if (url === null) {
    return {
      ...row,
      result: "fail",
      detail: "There is no introspection endpoint.",
      cause: "The settings name none, and neither does a discovery document that could be read.",
      fix: "Name the endpoint in the settings, or switch introspection off.",
      ms: 0,
    };
  }
  const checked = await http.checkUrl(url, { timeoutMs });
  const ms = Math.round((performance.now() - began) * 10) / 10;
  if (!checked.ok) return { ...row, ...failedCall(checked), ms };
  const detail = `${url} leads to ${checked.addresses.join(", ")}.`;
  if (configured === null || discovered === null || configured === discovered) return { ...row, result: "pass", detail, ms };
  return {
    ...row,
    result: "warn",
    detail,
    cause: "The discovery document names another endpoint than the settings.",
    fix: "Leave the endpoint out of the settings, unless the provider told you to use this one.",
    compare: { configured, document: discovered },
    ms,
  };
}
