import { type DenyCode, REFUSALS } from "@sallyport/pipeline";

/** How one kind of proxy asks for a decision, and what it can do with an answer. */
export interface AuthzProfile {
  /** First segments of the path. What follows belongs to the request where `described` is false. */
  readonly path: string;
  /** The request stands in `X-Forwarded-Method`, `-Uri` and `-Host`; else the call itself is the request, behind the path. */
  readonly described: boolean;
  /** The status that this proxy is told for a refusal. */
  readonly statusOf: (code: DenyCode) => number;
  /** Hands a 302 on to the browser. */
  readonly redirects: boolean;
}

const asIs = (code: DenyCode): number => REFUSALS[code].status;

/** nginx turns everything but 2xx, 401 and 403 into 500 (ngx_http_auth_request_module): the real status goes beside it. */
const forNginx = (code: DenyCode): number => (asIs(code) === 401 ? 401 : 403);

/** `forward_auth` of Caddy, `forwardAuth` of Traefik. */
export const PLAIN_PROFILE: AuthzProfile = { path: "/authz", described: true, statusOf: asIs, redirects: true };

/** Longest path first. */
const PROFILES: readonly AuthzProfile[] = [
  /** `auth_request` of nginx. */
  { path: "/authz/nginx", described: true, statusOf: forNginx, redirects: false },
  /** HTTP `ext_authz` of Envoy with `path_prefix: /authz/envoy`: method, host and the rest of the path are the request's own. */
  { path: "/authz/envoy", described: false, statusOf: asIs, redirects: true },
  PLAIN_PROFILE,
];

/** The profile that a path names, whole segments only; null for anything else. */
export function profileOf(target: string): AuthzProfile | null {
  for (const profile of PROFILES) {
    if (!target.startsWith(profile.path)) continue;
    const next = target.charAt(profile.path.length);
    if (next === "" || next === "?" || (next === "/" && !profile.described)) return profile;
  }
  return null;
}
