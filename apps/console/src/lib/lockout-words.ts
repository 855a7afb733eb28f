import type { LockoutPolicySpec, UpstreamLoginSpec } from "@sallyport/snapshot";
import { listed, timeSpan } from "./format";

/** What holds where nobody has said anything: the contract's defaults, without its schemas, which lists need not carry. */
export const STANDARD_LOCKOUT: LockoutPolicySpec = {
  ...{ action: "refuse", failures: 5, windowSeconds: 300, lockoutSeconds: 300, exempt: [] },
  username: { failures: 10, windowSeconds: 900, lockoutSeconds: 900 },
};

/** What holds at a tenant: its own policy, or the fleet's. */
export const effectiveLockout = (own: LockoutPolicySpec | undefined, fleet: LockoutPolicySpec | undefined): LockoutPolicySpec =>
  own ?? fleet ?? STANDARD_LOCKOUT;

type Rule = LockoutPolicySpec["username"];

/** `once`, `5 times within 5 min`. */
const often = ({ failures, windowSeconds }: Rule): string => (failures === 1 ? "once" : `${failures} times within ${timeSpan(windowSeconds)}`);

/** Who is locked out, for how long: one line, as lists show it. */
export function lockoutLine(policy: LockoutPolicySpec): string {
  switch (policy.action) {
    case "off":
      return "failed authentications are not counted; nobody is locked out";
    case "refuse":
      return `an address that fails ${often(policy)} is locked out for ${timeSpan(policy.lockoutSeconds)}`;
    case "observe":
      return `an address that fails ${often(policy)} is reported; nobody is locked out`;
    default:
      return policy.action satisfies never;
  }
}

/** What a lockout policy does, in sentences. */
export function lockoutSentences(policy: LockoutPolicySpec): string[] {
  if (policy.action === "off") return ["Failed authentications are not counted, and nobody is locked out, however often they fail."];
  const { username, exempt } = policy;
  const is = policy.action === "refuse" ? "is" : "would be";
  const [same, first] = [timeSpan(username.lockoutSeconds), policy.action === "refuse" ? "slow" : "would slow"];
  return [
    `An address that fails to authenticate ${often(policy)} ${is} locked out of the tenant for ${timeSpan(policy.lockoutSeconds)}.`,
    `At a login of an upstream, an address that fails ${often(username)} as one username ${is} locked out of that username for ${same}; as many failures from wherever ${first} the username down for as long.`,
    ...(policy.action === "observe" ? ["Each of these is reported; nothing is refused, and nothing held."] : []),
    ...(exempt.length === 0 ? [] : [`Addresses in ${listed(exempt, "and")} never count.`]),
  ];
}

/** What a route with a login of its upstream's reads, and what it takes for a failure. */
export function upstreamLoginSentences({ usernameField, failedStatuses, failedHeader }: UpstreamLoginSpec): string[] {
  const header = failedHeader ? `, or whatever its status one with a ${failedHeader.name} that begins with ${failedHeader.value},` : "";
  return [
    `Whom a request signs in as stands in the field ${usernameField} of its body: a JSON object or a form of at most 64 KiB.`,
    `An answer with ${listed(failedStatuses.map(String), "or")}${header} is a failed login. Failed logins count for the lockout policy.`,
  ];
}
