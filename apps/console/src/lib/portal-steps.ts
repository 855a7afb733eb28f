import type { PortalOutputs } from "@/server/portal/root";

export type PortalSetup = PortalOutputs["setup"]["read"];

/** A line of the checklist. `theirs`: whoever runs the gateway has to do it. */
export interface SetupStep {
  readonly id: "provider" | "checks" | "address" | "live" | "request";
  readonly title: string;
  readonly state: "done" | "next" | "problem" | "theirs" | "later";
  readonly detail: string;
  readonly href: string;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

interface Found {
  readonly done: boolean;
  readonly problem?: boolean;
  readonly theirs?: boolean;
  readonly detail: string;
}

function providerStep({ providers }: PortalSetup): Found {
  const [first] = providers;
  if (first === undefined) return { done: false, detail: "none yet" };
  return { done: true, detail: providers.length === 1 ? hostOf(first.issuer) : `${providers.length} of them` };
}

function checksStep({ providers }: PortalSetup): Found {
  const failed = providers.reduce((sum, provider) => sum + provider.failed, 0);
  if (failed > 0) return { done: false, problem: true, detail: failed === 1 ? "one check to fix" : `${failed} checks to fix` };
  if (providers.length === 0) return { done: false, detail: "once it is registered" };
  return providers.every(({ checkedAt }) => checkedAt !== null) ? { done: true, detail: "all passed" } : { done: false, detail: "not checked yet" };
}

function addressStep({ address, path, protectedRoutes }: PortalSetup, organisation: string): Found {
  if (protectedRoutes === 0) return { done: false, theirs: true, detail: `${organisation} adds a route that takes tokens` };
  return { done: true, detail: address === null ? path : hostOf(address) };
}

function liveStep({ providers, isPublished, isSuspended }: PortalSetup, organisation: string): Found {
  if (isSuspended) return { done: false, problem: true, detail: `suspended by ${organisation}` };
  if (providers.length === 0) return { done: false, detail: "once it is registered" };
  if (!isPublished || providers.some(({ isLive }) => !isLive)) return { done: false, theirs: true, detail: `waits for ${organisation}` };
  return { done: true, detail: "in use at the gateway" };
}

function requestStep({ firstAllowedAt, refused24h }: PortalSetup): Found {
  if (firstAllowedAt !== null) return { done: true, detail: "let in" };
  if (refused24h > 0) return { done: false, problem: true, detail: refused24h === 1 ? "one refused so far" : `${refused24h} refused so far` };
  return { done: false, detail: "none seen yet" };
}

const SETUP = "/portal/identity-provider";

/** The checklist: each line ticks itself, and the first that is the tenant's own to do is the next. */
export function setupSteps(setup: PortalSetup, organisation: string): SetupStep[] {
  const lines: (Omit<SetupStep, "state" | "detail"> & { found: Found })[] = [
    { id: "provider", title: "Register your identity provider", href: SETUP, found: providerStep(setup) },
    { id: "checks", title: "Pass its checks", href: SETUP, found: checksStep(setup) },
    { id: "address", title: "Get your address", href: "/portal", found: addressStep(setup, organisation) },
    { id: "live", title: "Go live", href: "/portal", found: liveStep(setup, organisation) },
    { id: "request", title: "Send the first request", href: "/portal", found: requestStep(setup) },
  ];
  const next = lines.find(({ found }) => !found.done && !found.theirs)?.id;
  return lines.map(({ found, ...line }) => ({ ...line, detail: found.detail, state: stateOf(found, line.id === next) }));
}

function stateOf({ done, problem, theirs }: Found, isNext: boolean): SetupStep["state"] {
  if (done) return "done";
  if (problem) return "problem";
  if (theirs) return "theirs";
  return isNext ? "next" : "later";
}
