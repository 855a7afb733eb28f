import { invalid } from "../validation.js";
import { REVOKED_FOR_DAYS } from "./revocations.schemas.js";

/** The largest clock tolerance that an identity provider can have, ms: until then its tokens could count. */
const TOLERANCE_MS = 60_000;
const MOST_MS = REVOKED_FOR_DAYS * 86_400_000;

/**
 * Until when it is revoked: until the token's own end where that is known, however late, because afterwards it would count again.
 * @param until.asked an ISO date @param until.own the token's `exp`, seconds since the epoch @param now ms since the epoch
 * @throws ServiceError `invalid` for an end that has been, or is later than anybody may ask for
 */
export function revocationEnd(until: { readonly asked: string | undefined; readonly own: number | null }, now: number): Date {
  const { asked, own } = until;
  if (asked === undefined) {
    if (own === null) return new Date(now + MOST_MS);
    const end = own * 1_000 + TOLERANCE_MS;
    if (end <= now) throw invalid([{ path: "token", message: "has expired: nodes refuse it without being told" }]);
    return new Date(Math.min(end, LAST_MS));
  }
  const end = Date.parse(asked);
  if (end <= now) throw invalid([{ path: "expiresAt", message: "has been; choose a later moment" }]);
  if (end > now + MOST_MS)
    throw invalid([{ path: "expiresAt", message: `is too late; at most ${REVOKED_FOR_DAYS} days, and a pasted token's own end by itself` }]);
  return new Date(end);
}

/** The year 9999: what comes after has another form in every language. */
const LAST_MS = 253_402_300_799_000;
