import type { AuthenticatorKind, RateLimitPolicySpec, TenantSection } from "@sallyport/snapshot";
import type { Arrival, LimitKey } from "@sallyport/snapshot/protocol";
import { memberOf } from "./compile/compile-error.js";
import { createLimitCompiler, type RouteLimits } from "./compile/compile-limits.js";
import type { CompiledLimit } from "./compiled.js";
import { bucketOf, type Caller, isExempt, limitKeyOf } from "./limit-bucket.js";
import type { Ports } from "./ports.js";

/** Recorded requests, and under what they are looked at. */
export interface Replay {
  /** The tenant whose requests they are, and the fleet's policies, both with the policy that is tried. */
  readonly section: TenantSection;
  readonly fleetPolicies: Readonly<Record<string, RateLimitPolicySpec>>;
  readonly policy: { readonly name: string; readonly ofFleet: boolean };
  /** In the order of their times. @param node by which it was recorded */
  readonly arrivals: Iterable<{ readonly node: string; readonly arrival: Arrival }>;
  /** Counts one request at that moment, ms. @returns whether it passes */
  readonly take: (bucket: string, limit: CompiledLimit, atMs: number) => boolean;
  readonly sha256Hex: Ports["sha256Hex"];
}

export interface ReplayedKey {
  readonly key: LimitKey;
  readonly requests: number;
  readonly over: number;
}

/** What the policy would have done. */
export interface Replayed {
  /** Requests that it would have counted, and those of them that would have been over it. */
  readonly counted: number;
  readonly over: number;
  /** Requests that an earlier limit refused: this one would not have seen them. */
  readonly unseen: number;
  /** Requests that it counts by username, and whose username nobody read: they count by address here, as they would at a node. */
  readonly withoutUsername: number;
  /** The first that would have been over, and whose it was. */
  readonly first: { readonly atMs: number; readonly key: LimitKey } | null;
  /** By minute, ms since the epoch. */
  readonly minutes: readonly { readonly atMs: number; readonly passed: number; readonly over: number }[];
  /** Who would have been over most, at most `TOLD_KEYS`; and of how many keys. */
  readonly keys: readonly ReplayedKey[];
  readonly keysTotal: number;
  readonly keysOver: number;
}

const TOLD_KEYS = 20;
const MINUTE_MS = 60_000;

interface Applied {
  readonly limit: CompiledLimit;
  /** Limits that see a request before it, by name. */
  readonly before: ReadonlySet<string>;
}

const nameOf = (name: string, ofFleet: boolean): string => `${ofFleet ? "fleet" : "tenant"}/${name}`;

function appliedOf({ limits, bodyLimits }: RouteLimits, { name, ofFleet }: Replay["policy"]): Applied | null {
  const inOrder = [...limits, ...bodyLimits];
  const at = inOrder.findIndex((each) => each.name === name && each.ofFleet === ofFleet);
  const limit = inOrder[at];
  if (limit === undefined) return null;
  return { limit, before: new Set(inOrder.slice(0, at).map((each) => nameOf(each.name, each.ofFleet))) };
}

/** What is recorded of a source, and of a key: `acme/main`, `acme/:api_key`. */
const halves = (text: string): [string, string] => {
  const slash = text.indexOf("/");
  return [text.slice(0, slash), text.slice(slash + 1)];
};

function callerOf({ address, source, subject, apiKey }: Arrival): Caller {
  const [tenant, name] = halves(source ?? "");
  const isKind = name.startsWith(":");
  const principal =
    source === undefined
      ? null
      : {
          tenant,
          identityProvider: isKind ? null : name,
          // Of whoever was asked it says nothing, and is not looked at.
          authenticator: (isKind ? name.slice(1) : "bearer") as AuthenticatorKind,
          subject: subject ?? "",
        };
  const [keyTenant, keyName] = halves(apiKey ?? "");
  return { clientIp: address, principal, apiKey: apiKey === undefined ? null : { tenant: keyTenant, name: keyName } };
}

/** Lets recorded requests come again, at the times at which they came, to one policy; with the code by which nodes count. */
export function replay({ section, fleetPolicies, policy, arrivals, take, sha256Hex }: Replay): Replayed {
  const limitsOf = createLimitCompiler(section, fleetPolicies);
  const byRoute = new Map<string, Applied | null>();
  const appliedTo = (route: string): Applied | null => {
    const known = byRoute.get(route);
    if (known !== undefined) return known;
    const spec = memberOf(section.routes, route);
    const applied = spec === undefined ? null : appliedOf(limitsOf(route, spec), policy);
    byRoute.set(route, applied);
    return applied;
  };

  const minutes = new Map<number, { passed: number; over: number }>();
  const keys = new Map<string, { key: LimitKey; requests: number; over: number }>();
  let [counted, over, unseen, withoutUsername] = [0, 0, 0, 0];
  let first: Replayed["first"] = null;

  for (const { node, arrival } of arrivals) {
    const applied = appliedTo(arrival.route);
    if (applied === null) continue;
    const { limit, before } = applied;
    const caller = callerOf(arrival);
    if (arrival.preflight === true && !limit.byClientIp) continue;
    if (limit.exempt !== null && isExempt(caller, limit.exempt)) continue;
    if (arrival.refusedBy !== undefined && before.has(nameOf(arrival.refusedBy.policy, arrival.refusedBy.ofFleet))) {
      unseen += 1;
      continue;
    }
    const username = arrival.username?.slice(1) ?? null;
    if (limit.byUsername && username === null) withoutUsername += 1;
    const bucket = bucketOf(limit, caller, username);
    const passes = take(limit.scope === "node" ? `${node}|${bucket}` : bucket, limit, arrival.at);
    counted += 1;
    const atMs = Math.floor(arrival.at / MINUTE_MS) * MINUTE_MS;
    const minute = minutes.get(atMs) ?? { passed: 0, over: 0 };
    minutes.set(atMs, minute);
    const key = keys.get(bucket) ?? { key: limitKeyOf(limit, caller, username, sha256Hex), requests: 0, over: 0 };
    keys.set(bucket, key);
    key.requests += 1;
    if (passes) {
      minute.passed += 1;
      continue;
    }
    over += 1;
    minute.over += 1;
    key.over += 1;
    first ??= { atMs: arrival.at, key: key.key };
  }

  const most = [...keys.values()].sort((a, b) => b.over - a.over || b.requests - a.requests);
  return {
    ...{ counted, over, unseen, withoutUsername, first },
    minutes: [...minutes].map(([atMs, each]) => ({ atMs, ...each })),
    keys: most.slice(0, TOLD_KEYS),
    keysTotal: most.length,
    keysOver: most.filter((each) => each.over > 0).length,
  };
}
