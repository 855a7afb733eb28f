import type { Allow, DenyCode } from "@sallyport/pipeline";
import { type RefusalFacts, refusalResponse } from "../server/refusal.js";
import type { AuthzProfile } from "./profiles.js";

export interface AuthzAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string;
}

/**
 * What a proxy copies to the upstream. It holds the client's own fields in its hands, so every name of the closed list is there, empty
 * where the caller has nothing to say: a copied empty field overwrites what the client wrote. The same with credentials that end here.
 */
export function allowedAnswer({ route, identityHeaders, upstreamHeaders }: Allow, requestId: string): AuthzAnswer {
  const headers = ["Cache-Control", "no-store", "Content-Length", "0", "X-Request-Id", requestId, ...identityHeaders];
  const said = new Set(identityHeaders.filter((_, index) => index % 2 === 0));
  for (const { header } of route.compiledPropagation.fields) if (!said.has(header)) headers.push(header, "");
  headers.push("Authorization", fieldOf(upstreamHeaders, "authorization"));
  return { status: 200, headers, body: "" };
}

function fieldOf(headers: readonly string[], name: string): string {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? "" : (headers[at + 1] ?? "");
}

export function refusedAnswer(profile: AuthzProfile, code: DenyCode, facts: RefusalFacts): AuthzAnswer {
  const { status, headers, body } = refusalResponse(code, facts);
  return { status: profile.statusOf(code), headers: [...headers, "X-Sallyport-Status", String(status), "X-Sallyport-Code", code], body };
}
