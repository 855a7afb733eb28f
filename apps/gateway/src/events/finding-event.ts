import type { RequestFacts, SecurityFinding } from "@sallyport/pipeline";
import type { SecurityEvent } from "@sallyport/snapshot/protocol";

/** An event with everything but its id and time. */
export type UnsentEvent = Omit<SecurityEvent, "id" | "at">;

/** The request in which something was found. */
export interface FoundIn {
  readonly facts: RequestFacts;
  readonly route: string | null;
  readonly code: string | null;
  readonly clientIp: string | null;
  /** Looked at only when the finding becomes an event: it costs an HMAC. */
  readonly tokenHash: () => string | null;
}

const cut = (text: string | null, length: number): string | null => (text === null ? null : text.slice(0, length));

/** A finding as the control plane is told of it: everything that clients chose is cut to size. */
export function findingEvent(finding: SecurityFinding, found: FoundIn | null): UnsentEvent {
  return {
    kind: finding.kind,
    count: finding.count ?? 1,
    tenant: finding.tenant,
    tokenTenant: finding.tokenTenant,
    identityProvider: finding.identityProvider,
    route: found?.route ?? null,
    code: found?.code ?? null,
    requestId: found?.facts.requestId ?? null,
    clientIp: cut(found?.clientIp ?? null, 64),
    subject: cut(finding.subject, 512),
    issuer: cut(finding.issuer, 512),
    method: cut(found?.facts.method ?? null, 20),
    path: found === null ? null : cut(pathOf(found.facts.target), 1_024),
    userAgent: found === null ? null : cut(fieldOf(found.facts.rawHeaders, "user-agent"), 512),
    tokenHash: found?.tokenHash() ?? null,
    detail: finding.detail.slice(0, 1_024),
  };
}

/** Something about the node itself. */
export function nodeEvent(kind: SecurityEvent["kind"], detail: string): UnsentEvent {
  return findingEvent({ kind, detail, tenant: null, tokenTenant: null, identityProvider: null, subject: null, issuer: null }, null);
}

/** A target without its query, which can carry what must not be kept. */
export const pathOf = (target: string): string => {
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
};

function fieldOf(rawHeaders: readonly string[], name: string): string | null {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) return rawHeaders[index + 1] ?? null;
  }
  return null;
}
