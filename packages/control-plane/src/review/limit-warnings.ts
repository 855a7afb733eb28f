import { type RateLimitAction, type RateLimitOverride, type RateLimitPolicySpec, type TenantSection, usernameFieldOf } from "@sallyport/snapshot";
import { gained, listed, type Warning, warningOf } from "./warning.js";

type Limits = Readonly<Record<string, RateLimitPolicySpec>>;
type Numbers = Pick<RateLimitPolicySpec, "limit" | "windowSeconds" | "burst" | "action">;

const STRICTNESS = ["observe", "slow_down", "refuse"] as const satisfies readonly RateLimitAction[];
const ONLY: Readonly<Record<RateLimitAction, string>> = { observe: "it only observes", slow_down: "it slows down", refuse: "it refuses" };

function looserNumbers(before: Numbers, after: Numbers): string[] {
  const found: string[] = [];
  if (after.limit / after.windowSeconds > before.limit / before.windowSeconds)
    found.push(`${after.limit} in ${after.windowSeconds} s instead of ${before.limit} in ${before.windowSeconds} s`);
  if (after.burst > before.burst) found.push(`bursts of ${after.burst} instead of ${before.burst}`);
  if (STRICTNESS.indexOf(after.action) < STRICTNESS.indexOf(before.action)) found.push(ONLY[after.action]);
  return found;
}

const numbersFor = (spec: RateLimitPolicySpec, override: RateLimitOverride | undefined): Numbers => ({
  limit: override?.limit ?? spec.limit,
  burst: override?.burst ?? spec.burst,
  windowSeconds: override?.windowSeconds ?? spec.windowSeconds,
  action: override?.action ?? spec.action,
});

/** For each plan and tenant that has numbers of its own, before or after. */
function looserOverrides(before: RateLimitPolicySpec, after: RateLimitPolicySpec): string[] {
  return (["plans", "tenants"] as const).flatMap((member) => {
    const [was, is] = [before.overrides?.[member] ?? {}, after.overrides?.[member] ?? {}];
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    return names.flatMap((name) => {
      const found = looserNumbers(numbersFor(before, was[name]), numbersFor(after, is[name]));
      return found.map((what) => `for ${member === "plans" ? `the plan ${name}` : name} ${what}`);
    });
  });
}

function loosened(before: RateLimitPolicySpec, after: RateLimitPolicySpec): string[] {
  const found = [...looserNumbers(before, after), ...looserOverrides(before, after)];
  if (before.scope === undefined && after.scope === "node") found.push("each node counts by itself");
  const exempt = (["addresses", "apiKeys"] as const).flatMap((member) => gained(before.exempt?.[member] ?? [], after.exempt?.[member] ?? []));
  if (exempt.length > 0) found.push(`${listed(exempt)} ${exempt.length === 1 ? "is" : "are"} exempt`);
  // Empty stands for all of them.
  for (const [member, words] of [
    ["routes", "routes"],
    ["plans", "plans"],
  ] as const) {
    const [was, is] = [before[member], after[member]];
    if (is.length > 0 && (was.length === 0 || gained(is, was).length > 0)) found.push(`it holds for fewer ${words}`);
  }
  if (before.key.join() !== after.key.join()) found.push(`it counts by ${listed(after.key)} instead of ${listed(before.key)}`);
  return found;
}

const countsByUsername = (spec: RateLimitPolicySpec | undefined): boolean => spec?.key.includes("username") === true;

/** @param root `tenants/acme`, or `fleet` */
export function limitWarnings(root: string, before: Limits, after: Limits): Warning[] {
  const pathOf = (name: string): string => `${root}/rateLimitPolicies/${name}`;
  const weakened = Object.entries(before).flatMap(([name, was]) => {
    const is = after[name];
    if (is === undefined)
      return was.action === "observe"
        ? []
        : [warningOf("limits_removed", pathOf(name), `${was.limit} in ${was.windowSeconds} s is no longer the limit`, [was.limit])];
    const what = loosened(was, is);
    return what.length === 0 ? [] : [warningOf("limits_loosened", pathOf(name), `lets more pass: ${listed(what)}`, what)];
  });
  const fresh = Object.keys(after).filter((name) => countsByUsername(after[name]) && !countsByUsername(before[name]));
  const unseen = "counts by address where another proxy asks (decision mode), and nobody sees the body";
  return [...weakened, ...fresh.map((name) => warningOf("username_unseen", pathOf(name), unseen, []))];
}

/** Routes of which nobody reads any more whom a request is about: limits by username do not concern them. */
export function usernameWarnings({ routes: before }: TenantSection, { slug, routes: after }: TenantSection): Warning[] {
  return Object.entries(before).flatMap(([name, was]) => {
    const [is, field] = [after[name], usernameFieldOf(was)];
    if (is === undefined || field === null) return [];
    const now = usernameFieldOf(is);
    if (now === field) return [];
    const message = now === null ? "no longer counts for limits by username" : `reads usernames from ${now} instead of ${field}`;
    return [warningOf("limits_loosened", `tenants/${slug}/routes/${name}`, message, [field, now])];
  });
}
