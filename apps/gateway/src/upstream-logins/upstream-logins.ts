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
import type { NodeLockouts } from "../lockouts/node-lockouts.js";
import type { ClientRequest } from "../server/client-message.js";
import { declaredLength, hasBody } from "../server/unread-body.js";
import { readWhole } from "../server/whole-body.js";
import type { KnownPlaces } from "./known-places.js";
import { readUsername } from "./read-username.js";
import type { SlowDown } from "./slow-down.js";

/** BEHAVIOUR §5. */
const MAX_BODY_BYTES = 65_536;
const MAX_BODY_MS = 10_000;

/** A login that goes on to the upstream, or why it does not. */
export type UpstreamLogin =
  | {
      readonly outcome: "goes_on";
      /** As it came; null where there is none. */
      readonly body: Buffer | null;
      /** To be told of the head of the upstream's answer. @param rawHeaders names and values in turn */
      answered(status: number, rawHeaders: readonly string[]): void;
    }
  | { readonly outcome: "refused"; readonly code: DenyCode; readonly detail: string; readonly retryAfterSeconds?: number }
  /** The client did not wait. */
  | { readonly outcome: "gone" };

export interface LoginRequest {
  readonly request: ClientRequest;
  readonly compiled: CompiledSnapshot;
  readonly decision: Allow;
  readonly login: UpstreamLoginSpec;
  /** Calls back when the client goes away. */
  readonly onGone: (callback: () => void) => void;
  /** Asks for the body where the client waits to be asked. */
  readonly goOn: () => void;
  readonly tell: (finding: SecurityFinding) => void;
}

const refused = (code: DenyCode, detail: string): UpstreamLogin => ({ outcome: "refused", code, detail });

/** The one value of a field; undefined where it is there more than once. @param name in lower case */
function onlyValue(rawHeaders: readonly string[], name: string): string | null | undefined {
  let found: string | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    if (found !== null) return undefined;
    found = rawHeaders[index + 1] ?? "";
  }
  return found;
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
 * Logins that an upstream does itself (BEHAVIOUR §5). Whom a request signs in as is read from its body, which goes on byte for byte; a failure
 * that the upstream answers counts for the address, for that username at it, and for the username from wherever. The first two lock out what
 * failed; the last one slows down, and not where somebody has signed in from before.
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
    const held = await slowDown.hold(name, address, onGone);
    if (held === "gone") return { outcome: "gone" };
    return held === "went_on" ? null : lockedOut(address, COME_AGAIN_SECONDS * 1_000);
  };

  const readBody = async ({ request, decision, goOn }: LoginRequest): Promise<Buffer | UpstreamLogin> => {
    const most = Math.min(MAX_BODY_BYTES, decision.route.maxRequestBodyBytes);
    const tooLarge = refused("request_body_too_large", `a login's body has at most ${most} bytes`);
    if ((declaredLength(request) ?? 0) > most) return tooLarge;
    goOn();
    const bytes = await readWhole(request, { maxBytes: most, maxMs: MAX_BODY_MS });
    if (bytes === "too_large") return tooLarge;
    return bytes === "broken" ? refused("bad_request", "the login's body did not come as a whole") : bytes;
  };

  /** Reads the body of a login, and refuses it where it is locked out, or holds it for a while where its username is slowed down. */
  return async (login: LoginRequest): Promise<UpstreamLogin> => {
    const { request, compiled, decision, login: spec, tell } = login;
    let body: Buffer | null = null;
    let username: string | null = null;
    if (hasBody(request)) {
      const read = await readBody(login);
      if (!Buffer.isBuffer(read)) return read;
      body = read;
      const encoding = onlyValue(request.rawHeaders, "content-encoding");
      const type = onlyValue(request.rawHeaders, "content-type");
      if (encoding !== null || type === undefined) return refused("bad_request", "a login's body has one type, and no encoding");
      const said = readUsername(type, body, spec.usernameField);
      if (!said.ok) return refused("bad_request", said.malformed);
      username = said.username;
    }
    const attempted = attemptedFrom(compiled, decision.tenant.slug, decision.clientIp);
    if (attempted === null) return { outcome: "goes_on", body, answered: () => undefined };
    const stopped = username === null ? null : await judge(attempted, username, login);
    if (stopped !== null) return stopped;
    return {
      outcome: "goes_on",
      body,
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
