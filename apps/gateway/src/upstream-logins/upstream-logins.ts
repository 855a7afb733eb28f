import {
  type Allow,
  ANYWHERE,
  type AttemptedFrom,
  attemptedFrom,
  type CompiledSnapshot,
  type DenyCode,
  failureOf,
  type SecurityFinding,
} from "@sallyport/pipeline";
import type { UpstreamLoginSpec } from "@sallyport/snapshot";
import type { SlowDown } from "../limits/slow-down.js";
import type { NodeLockouts } from "../lockouts/node-lockouts.js";
import type { KnownPlaces } from "./known-places.js";
import type { NamedBody } from "./read-named-body.js";

/** A login that goes on to the upstream, or why it does not. */
export type UpstreamLogin =
  | {
      readonly outcome: "goes_on";
      /** To be told of the head of the upstream's answer. @param rawHeaders names and values in turn */
      answered(status: number, rawHeaders: readonly string[]): void;
    }
  | { readonly outcome: "refused"; readonly code: DenyCode; readonly detail: string; readonly retryAfterSeconds?: number }
  /** The client did not wait. */
  | { readonly outcome: "gone" };

/** A login, with its body read. */
export interface LoginRequest extends Pick<NamedBody, "username"> {
  readonly compiled: CompiledSnapshot;
  readonly decision: Allow;
  readonly login: UpstreamLoginSpec;
  /** Calls back when the client goes away. */
  readonly onGone: (callback: () => void) => void;
  readonly tell: (finding: SecurityFinding) => void;
}

function hasFailed({ failedStatuses, failedHeader }: UpstreamLoginSpec, status: number, rawHeaders: readonly string[]): boolean {
  if (failedStatuses.includes(status)) return true;
  if (failedHeader === undefined) return false;
  const name = failedHeader.name.toLowerCase();
  return rawHeaders.some((field, index) => index % 2 === 0 && field.toLowerCase() === name && rawHeaders[index + 1]?.startsWith(failedHeader.value));
}

/** Told to whoever cannot be held, seconds. */
const COME_AGAIN_SECONDS = 5;

export interface UpstreamLoginsDeps {
  readonly lockouts: NodeLockouts;
  readonly places: KnownPlaces;
  readonly slowDown: SlowDown;
}

/**
 * Logins that an upstream does itself (BEHAVIOUR §5). Whom a request signs in as was read from its body; a failure that the upstream answers
 * counts for the address, for that username at it, and for the username from wherever. The first two lock out what failed; the last one slows
 * down, and not where somebody has signed in from before.
 */
export function createUpstreamLogins({ lockouts, places, slowDown }: UpstreamLoginsDeps) {
  const lockedOut = (address: string, remainingMs: number): UpstreamLogin => {
    const retryAfterSeconds = Math.ceil(remainingMs / 1_000);
    const detail = `${address} is locked out of signing in as this username for ${retryAfterSeconds} s`;
    return { outcome: "refused", code: "locked_out", detail, retryAfterSeconds };
  };

  /** Null: it may go on. Nobody is asked about a username that does not fail. */
  const judge = async ({ tenant, address, policy }: AttemptedFrom, username: string, { onGone }: LoginRequest): Promise<UpstreamLogin | null> => {
    if (!policy.refuses || !lockouts.any) return null;
    const name = `${tenant} ${username}`;
    const lockedMs = lockouts.remainingMs(tenant, address, username);
    const isSlowed = lockouts.remainingMs(tenant, ANYWHERE, username) > 0;
    if (!isSlowed) slowDown.forget(name);
    if (!isSlowed && lockedMs <= 0) return null;
    const isKnown = await places.has({ tenant, address, username });
    if (isKnown && lockedMs <= 0) return null;
    if (!isKnown && lockedMs > 0) return lockedOut(address, lockedMs);
    const held = await slowDown.hold({ of: name, place: address, most: 1 }, onGone);
    if (held === "gone") return { outcome: "gone" };
    return held === "went_on" ? null : lockedOut(address, COME_AGAIN_SECONDS * 1_000);
  };

  /** Refuses a login where it is locked out, or holds it for a while where its username is slowed down. */
  return async (request: LoginRequest): Promise<UpstreamLogin> => {
    const { compiled, decision, login: spec, username, tell } = request;
    const attempted = attemptedFrom(compiled, decision.tenant.slug, decision.clientIp);
    if (attempted === null) return { outcome: "goes_on", answered: () => undefined };
    const stopped = username === null ? null : await judge(attempted, username, request);
    if (stopped !== null) return stopped;
    return {
      outcome: "goes_on",
      answered(status, rawHeaders) {
        if (!hasFailed(spec, status, rawHeaders)) {
          if (username !== null && status < 400) places.note({ tenant: attempted.tenant, address: attempted.address, username });
          return;
        }
        const reason = `upstream_${status}`;
        lockouts.failed(failureOf(attempted, null, reason), tell);
        if (username === null) return;
        lockouts.failed(failureOf(attempted, username, reason), tell);
        lockouts.failed(failureOf({ ...attempted, address: ANYWHERE }, username, reason), tell);
      },
    };
  };
}
