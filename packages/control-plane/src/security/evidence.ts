import type { SecurityEvent } from "@sallyport/snapshot/protocol";
import { z } from "zod";

/** What an alert shows of its events: facts of the newest one, and from how many places they came. Never a token. */
export const alertEvidence = z.object({
  at: z.string(),
  detail: z.string(),
  code: z.string().nullable(),
  subject: z.string().nullable(),
  issuer: z.string().nullable(),
  identityProvider: z.string().nullable(),
  route: z.string().nullable(),
  method: z.string().nullable(),
  path: z.string().nullable(),
  requestId: z.string().nullable(),
  userAgent: z.string().nullable(),
  tokenHash: z.string().nullable(),
  /** Newest first, bounded. */
  clientIps: z.array(z.string()),
  /** Names of the nodes that reported, newest first, bounded. */
  nodes: z.array(z.string()),
});
export type AlertEvidence = z.output<typeof alertEvidence>;

const MAX_LISTED = 20;

const newestFirst = (fresh: readonly string[], known: readonly string[]): string[] => [...new Set([...fresh, ...known])].slice(0, MAX_LISTED);

/** @param events of one alert, newest first; at least one */
export function evidenceOf(events: readonly [SecurityEvent, ...SecurityEvent[]], node: string, before: AlertEvidence | null): AlertEvidence {
  const [newest] = events;
  const { at, detail, code, subject, issuer, identityProvider, route, method, path, requestId, userAgent, tokenHash } = newest;
  const facts = { at, detail, code, subject, issuer, identityProvider, route, method, path, requestId, userAgent, tokenHash };
  const isNewer = before === null || at >= before.at;
  const clientIps = newestFirst(
    events.flatMap(({ clientIp }) => clientIp ?? []),
    before?.clientIps ?? [],
  );
  return { ...(isNewer ? facts : before), clientIps, nodes: newestFirst([node], before?.nodes ?? []) };
}
