import type { LimitKey } from "@sallyport/snapshot/protocol";
import type { CompiledApiKey, CompiledExemptions, CompiledLimit } from "./compiled.js";
import type { Principal } from "./decision.js";
import { addressBucket, inRanges, parseIp } from "./ip-address.js";

/** Who a request is from, as far as limits count by it. */
export interface Caller {
  readonly clientIp: string | null;
  readonly apiKey: Pick<CompiledApiKey, "tenant" | "name"> | null;
  readonly principal: Pick<Principal, "tenant" | "identityProvider" | "authenticator" | "subject"> | null;
}

/** Whether a limit leaves this caller's requests out. */
export function isExempt({ clientIp, apiKey }: Caller, { addresses, apiKeys }: CompiledExemptions): boolean {
  if (apiKey !== null && apiKeys.has(apiKey.name)) return true;
  const address = addresses.length === 0 || clientIp === null ? null : parseIp(clientIp);
  return address !== null && inRanges(address, addresses);
}

/**
 * The bucket that a limit counts a request in. Who has nothing of what is counted by counts by something else: without an API key by subject,
 * without a subject or a username by address. The subject comes last: it is free text, and could otherwise look like what follows it.
 * @param username a hash of it; null where the request names nobody
 */
export function bucketOf(limit: CompiledLimit, caller: Caller, username: string | null): string {
  if (limit.hasOneBucket) return limit.bucketPrefix;
  const { apiKey, principal } = caller;
  let bucket = limit.bucketPrefix;
  if (limit.byClientIp) bucket += `|ip=${addressOf(caller)}`;
  if (limit.byIdentityProvider) bucket += `|idp=${principal === null ? "" : sourceOf(principal)}`;
  if (limit.byUsername) bucket += username === null ? `|nobody=${addressOf(caller)}` : `|user=${username}`;
  if (limit.byApiKey && apiKey !== null) bucket += `|key=${apiKey.tenant}/${apiKey.name}`;
  if (countsBySubject(limit, caller))
    bucket += principal === null ? `|anonymous=${addressOf(caller)}` : `|sub=${sourceOf(principal)}/${principal.subject}`;
  return bucket;
}

const countsBySubject = (limit: CompiledLimit, { apiKey }: Caller): boolean => limit.bySubject || (limit.byApiKey && apiKey === null);

/** Who vouches for a subject, `acme/main` or `acme/:api_key`. No IdP's name has a colon. */
export const sourceOf = ({ tenant, identityProvider, authenticator }: Pick<Principal, "tenant" | "identityProvider" | "authenticator">): string =>
  `${tenant}/${identityProvider ?? `:${authenticator}`}`;

const addressOf = ({ clientIp }: Caller): string => addressBucket(clientIp ?? "");

/** A name that could be a person's, for people who need not know whose it is. */
export const pseudonymOf = (hashHex: string): string => `#${hashHex.slice(0, 16)}`;

/**
 * The same bucket for people, member by member: what the policy counts by, and nothing else.
 * @param username as `bucketOf` takes it
 */
export function limitKeyOf(limit: CompiledLimit, caller: Caller, username: string | null, sha256Hex: (text: string) => string): LimitKey {
  const { apiKey, principal } = caller;
  const key: LimitKey = {};
  // The compiler's own words, of names that hold neither of its marks.
  for (const part of limit.bucketPrefix.split("|").slice(1)) {
    const [member, name] = part.split("=");
    if (member === "tenant" || member === "plan" || member === "route") key[member] = name;
    else if (member === "for") key.tenant ??= name;
    else if (member === "of") key.plan ??= name;
  }
  const byAddress = limit.byClientIp || (limit.byUsername && username === null) || (principal === null && countsBySubject(limit, caller));
  if (byAddress) key.address = addressOf(caller).slice(0, 64);
  if (limit.byUsername && username !== null) key.username = pseudonymOf(username);
  if (limit.byApiKey && apiKey !== null) key.apiKey = `${apiKey.tenant}/${apiKey.name}`;
  const bySubject = principal !== null && countsBySubject(limit, caller);
  if (principal !== null && (limit.byIdentityProvider || bySubject)) key.source = sourceOf(principal);
  if (bySubject) key.subject = principal.subject.includes("@") ? pseudonymOf(sha256Hex(principal.subject)) : principal.subject;
  return key;
}
