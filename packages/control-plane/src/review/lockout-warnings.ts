import { type FleetSection, type LockoutPolicySpec, lockoutPolicySpec, type TenantSection } from "@sallyport/snapshot";
import { gained, listed, type Warning, warningOf } from "./warning.js";

const ACTIONS = ["off", "observe", "refuse"] as const satisfies readonly LockoutPolicySpec["action"][];
const DEFAULT_POLICY = lockoutPolicySpec.parse({});

type Rule = LockoutPolicySpec["username"];

function looserRule(was: Rule, is: Rule, what: string): string[] {
  const found: string[] = [];
  if (is.failures > was.failures) found.push(`${what} has ${is.failures} failures instead of ${was.failures}`);
  if (is.windowSeconds < was.windowSeconds)
    found.push(`${what}'s failures are forgotten after ${is.windowSeconds} s instead of ${was.windowSeconds} s`);
  if (is.lockoutSeconds < was.lockoutSeconds) found.push(`${what} is kept out for ${is.lockoutSeconds} s instead of ${was.lockoutSeconds} s`);
  return found;
}

function loosened(was: LockoutPolicySpec, is: LockoutPolicySpec): string[] {
  if (was.action === "off") return [];
  const found = ACTIONS.indexOf(is.action) < ACTIONS.indexOf(was.action) ? [is.action === "off" ? "nothing is counted" : "it only observes"] : [];
  // What is switched off has no numbers that matter.
  if (is.action === "off") return found;
  const exempt = gained(was.exempt, is.exempt);
  return [
    ...found,
    ...looserRule(was, is, "an address"),
    ...looserRule(was.username, is.username, "a username"),
    ...(exempt.length === 0 ? [] : [`${listed(exempt)} ${exempt.length === 1 ? "is" : "are"} exempt`]),
  ];
}

function warningsOf(path: string, was: LockoutPolicySpec, is: LockoutPolicySpec): Warning[] {
  const what = loosened(was, is);
  return what.length === 0 ? [] : [warningOf("lockout_weakened", path, `keeps fewer guesses out: ${listed(what)}`, what)];
}

/** What the fleet's lockout policy lets pass that it did not: it is that of every tenant without one. */
export const fleetLockoutWarnings = (before: FleetSection, after: FleetSection): Warning[] =>
  warningsOf("fleet", before.settings.lockout ?? DEFAULT_POLICY, after.settings.lockout ?? DEFAULT_POLICY);

/** The same of a tenant's own, which takes the place of the fleet's as a whole, and gives it back. */
export function tenantLockoutWarnings(
  before: TenantSection,
  after: TenantSection,
  fleet: { readonly before: FleetSection | undefined; readonly after: FleetSection | undefined },
): Warning[] {
  if (before.lockout === undefined && after.lockout === undefined) return [];
  const was = before.lockout ?? fleet.before?.settings.lockout ?? DEFAULT_POLICY;
  const is = after.lockout ?? fleet.after?.settings.lockout ?? DEFAULT_POLICY;
  return warningsOf(`tenants/${after.slug}`, was, is);
}
