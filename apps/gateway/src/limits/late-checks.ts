import { type Allow, type CompiledSnapshot, type Ports, type RateLimitState, type SecurityFinding, takeBodyLimits } from "@sallyport/pipeline";
import { type BodyRequest, type NamedBody, readNamedBody, type UnreadableBody } from "../upstream-logins/read-named-body.js";
import type { LoginRequest, UpstreamLogin } from "../upstream-logins/upstream-logins.js";
import type { SlowDown } from "./slow-down.js";
import type { TrafficRecorder } from "./traffic-recorder.js";

/** A request that was allowed, and of which more is asked before it goes on. */
export interface LateRequest extends BodyRequest {
  readonly compiled: CompiledSnapshot;
  readonly decision: Allow;
  /** Calls back when the client goes away. */
  readonly onGone: (callback: () => void) => void;
  /** Something for the reviewers that showed after the decision, and limits that were looked at. */
  readonly tell: (finding: SecurityFinding) => void;
  readonly counted: (limits: readonly RateLimitState[]) => void;
}

type Turned = Extract<UpstreamLogin, { outcome: "refused" | "gone" }> | UnreadableBody;

/** It goes on, with the body where that was read; or it does not, and why. */
export type LateVerdict =
  | {
      readonly outcome: "goes_on";
      readonly body: Buffer | null;
      /** To be told of the head of the upstream's answer; null where nobody listens. */
      readonly answered: ((status: number, rawHeaders: readonly string[]) => void) | null;
    }
  | (Turned & { readonly limits?: readonly RateLimitState[] });

export interface LateChecksDeps {
  readonly ports: Pick<Ports, "limits" | "limitPressed" | "sha256Hex">;
  readonly logins: (login: LoginRequest) => Promise<UpstreamLogin>;
  /** Of requests that a limit slows down. */
  readonly slowDown: SlowDown;
  readonly recorder: Pick<TrafficRecorder, "any" | "noteLate">;
}

/** Of one bucket, whatever its burst: a quarter of what a node holds. */
const MOST_OF_ONE = 250;

/**
 * What is asked of a request after its decision, on routes that ask for it (BEHAVIOUR §5): whom its body names, whether that one is locked out
 * of the upstream's own login, the limits that count by it, and the wait of a limit that slows down. Nothing of it concerns any other route.
 */
export function createLateChecks({ ports, logins, slowDown, recorder }: LateChecksDeps) {
  return async (late: LateRequest): Promise<LateVerdict> => {
    const { decision, onGone, tell, counted } = late;
    const { usernameField, upstreamLogin, bodyLimits } = decision.route;
    const named: NamedBody | UnreadableBody = usernameField === null ? NOTHING_READ : await readNamedBody(late, usernameField);
    if ("outcome" in named) return named;
    const { body, username } = named;

    // First: who is locked out of a username uses up none of its limit.
    const login = upstreamLogin === null ? null : await logins({ ...late, login: upstreamLogin, username });
    if (login !== null && login.outcome !== "goes_on") return login;

    let { limits, slowed } = decision;
    const limited = (detail: string): LateVerdict => ({ outcome: "refused", code: "rate_limited", detail, limits });
    if (bodyLimits.length > 0) {
      const verdict = takeBodyLimits(decision, username, ports);
      for (const finding of verdict.findings) tell(finding);
      counted(verdict.limits);
      limits = [...limits, ...verdict.limits];
      if (recorder.any) recorder.noteLate(decision, { username, refusedBy: verdict.refusedBy });
      if (verdict.refused !== null) return limited(verdict.refused);
      slowed ??= verdict.slowed;
    }

    if (slowed !== null) {
      const held = await slowDown.hold({ of: slowed.bucket, place: "", most: Math.min(slowed.burst, MOST_OF_ONE) }, onGone);
      if (held === "gone") return { outcome: "gone" };
      if (held === "no_room") return limited(`the rate limit ${slowed.policy} is used up, and as many requests as may are waiting`);
    }
    return { outcome: "goes_on", body, answered: login?.answered ?? null };
  };
}

const NOTHING_READ: NamedBody = { body: null, username: null };
