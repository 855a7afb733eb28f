import { admit } from "../admit/admit.js";
import type { CompiledSnapshot, CompiledTenant } from "../compiled.js";
import type { Deny, SecurityFinding } from "../decision.js";
import type { RequestFacts } from "../facts.js";
import { Passage } from "../passage.js";
import type { Ports } from "../ports.js";
import { Refusal } from "../refusal.js";
import { resolveTenant } from "../resolve-tenant.js";
import { cookieValues } from "../session/cookies.js";
import { comesFromElsewhere } from "../session/request-origin.js";
import { isReservedPath } from "./reserved-path.js";

/** A request to the gateway itself, on a host that names one tenant. */
export interface EndpointRequest {
  readonly outcome: "endpoint";
  readonly tenant: CompiledTenant;
  readonly path: string;
  /** With its `?`; empty when there is none. */
  readonly query: string;
  /** Host, and port where the client named one: the origin's authority, canonical. */
  readonly authority: string;
  readonly clientIp: string | null;
  readonly findings: readonly SecurityFinding[];
  /** Whether a page of another origin made it. */
  readonly fromElsewhere: boolean;
  /** Every value that the request has for a cookie. */
  cookies(name: string): readonly string[];
}

/**
 * Admits a request for one of the gateway's own endpoints, by the same first stages as any other. Null when it is for none: it is then
 * decided by `authenticate`. They exist where the host names the tenant, and nowhere else: what they set is the origin's.
 */
export function admitEndpoint(compiled: CompiledSnapshot, facts: RequestFacts, ports: Ports): EndpointRequest | Deny | null {
  const passage = new Passage(compiled, facts, ports);
  const request = admit(passage);
  if (request instanceof Refusal) return passage.deny(request);
  if (!isReservedPath(request.path)) return null;
  const resolved = resolveTenant(passage, request);
  if (resolved instanceof Refusal) return passage.deny(resolved);
  if (!passage.hostNamesTenant) return passage.deny(new Refusal("route_not_found", "the host names no tenant"));
  if (request.upgrade !== null) return passage.deny(new Refusal("upgrade_not_allowed", "the gateway's own endpoints take no upgrades"));
  return {
    outcome: "endpoint",
    tenant: resolved.tenant,
    path: request.path,
    query: request.query,
    authority: request.port === "" ? request.host : `${request.host}:${request.port}`,
    clientIp: passage.clientIp,
    findings: passage.findings,
    fromElsewhere: comesFromElsewhere(request, facts.method),
    cookies: (name) => cookieValues(request, name),
  };
}
