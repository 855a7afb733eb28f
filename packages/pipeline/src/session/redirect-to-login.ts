import type { AdmittedRequest } from "../admit/admit.js";
import type { DenyCode } from "../deny-codes.js";
import { LOGIN_PATH } from "../endpoint/reserved-path.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";

/** Refusals that signing in can mend. */
const MENDED: ReadonlySet<DenyCode> = new Set([
  "missing_token",
  "missing_api_key",
  "no_session",
  "invalid_session_format",
  "session_not_found",
  "session_expired",
]);
/** Longer ones are not carried through the login: addresses have their limits everywhere. */
const MAX_RETURN = 2_000;

/** Says in the refusal where a browser can sign in, when the route wants that and the request is a page that somebody waits for. */
export function withLogin({ route, facts, hostNamesTenant }: Passage, request: AdmittedRequest, refusal: Refusal): Refusal {
  if (route === null || route.login === null || !hostNamesTenant || !MENDED.has(refusal.code)) return refusal;
  if (facts.method !== "GET" || request.upgrade !== null || !wantsHtml(request)) return refusal;
  const back = `${request.path}${request.query}`;
  const query = `idp=${route.login.name}&return_to=${encodeURIComponent(back.length > MAX_RETURN ? "/" : back)}`;
  return new Refusal(refusal.code, refusal.detail, { ...refusal.facts, loginPath: `${LOGIN_PATH}?${query}` });
}

/** RFC 9110 §12.5.1, of which only this matters: a page is asked for by name. Any type at all is what API clients send. */
function wantsHtml({ headers }: AdmittedRequest): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() !== "accept") continue;
    const types = (headers[index + 1] ?? "").toLowerCase().split(",");
    if (types.some((type) => /^[\t ]*text\/html[\t ]*(?:;|$)/.test(type) && !/;[\t ]*q=0(?:\.0*)?[\t ]*$/.test(type))) return true;
  }
  return false;
}
