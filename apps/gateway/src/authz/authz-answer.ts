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
  for (const name of ["Authorization", "DPoP", "Cookie"]) headers.push(name, fieldOf(upstreamHeaders, name.toLowerCase()));
  return { status: 200, headers, body: "" };
}

/** Several `Cookie` fields are one, with semicolons between them (RFC 9113 §8.2.3). */
const fieldOf = (headers: readonly string[], name: string): string =>
  headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name).join("; ");

export function refusedAnswer(profile: AuthzProfile, code: DenyCode, { loginPath, ...facts }: RefusalFacts): AuthzAnswer {
  const redirects = profile.redirects && loginPath !== undefined;
  const { status, headers, body } = refusalResponse(code, redirects ? { ...facts, loginPath } : facts);
  return {
    status: redirects ? status : profile.statusOf(code),
    headers: [...headers, "X-Sallyport-Status", String(status), "X-Sallyport-Code", code],
    body,
  };
}
