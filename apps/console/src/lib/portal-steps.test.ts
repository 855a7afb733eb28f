import { expect, test } from "vitest";
import { type PortalSetup, setupSteps } from "./portal-steps";

const EMPTY: PortalSetup = {
  ...{ providers: [], address: null, path: "/tenants/acme/", protectedRoutes: 0, isPublished: false, isSuspended: false },
  ...{ firstAllowedAt: null, lastAllowedAt: null, refused24h: 0 },
};
const PROVIDER = { name: "main", issuer: "https://login.acme.example/", enabled: true, checkedAt: new Date(0), failed: 0, isLive: true };
const states = (setup: Partial<PortalSetup>) => setupSteps({ ...EMPTY, ...setup }, "Ledgerline").map(({ id, state }) => `${id} ${state}`);

test("at first the provider is next, and what the operator has to do is theirs", () => {
  expect(states({})).toEqual(["provider next", "checks later", "address theirs", "live later", "request later"]);
});

test("a failed check is a problem, and what is not live waits for the operator", () => {
  const providers = [{ ...PROVIDER, failed: 2, isLive: false }];
  expect(states({ providers, protectedRoutes: 1 })).toEqual(["provider done", "checks problem", "address done", "live theirs", "request later"]);
});

test("everything ticked is everything done", () => {
  const steps = setupSteps(
    { ...EMPTY, providers: [PROVIDER], protectedRoutes: 1, isPublished: true, address: "https://pay.acme.example", firstAllowedAt: new Date(0) },
    "Ledgerline",
  );
  expect(steps.every(({ state }) => state === "done")).toBe(true);
  expect(steps.map(({ detail }) => detail)).toEqual(["login.acme.example", "all passed", "pay.acme.example", "in use at the gateway", "let in"]);
});

test("requests that were refused are told, and so is a suspension", () => {
  expect(states({ providers: [PROVIDER], protectedRoutes: 1, isPublished: true, refused24h: 4 }).at(-1)).toBe("request problem");
  expect(states({ providers: [PROVIDER], isSuspended: true, isPublished: true })[3]).toBe("live problem");
});
