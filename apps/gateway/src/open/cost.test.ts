import { type Allow, authenticate, type CompiledSnapshot, compileSnapshot, type Ports, type RequestFacts } from "@sallyport/pipeline";
import { factsOf, portsWith } from "@sallyport/pipeline-node/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { createOpenPassages } from "./open-passages.js";

const OPEN = 10_000;
const ISSUER = "https://idp.acme.example";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function snapshot(): CompiledSnapshot {
  const tenant = tenantOf({
    slug: "acme",
    upstream: "http://127.0.0.1:1",
    issuer: ISSUER,
    routes: { all: { pathPrefix: "/", upstream: "main", authentication: { mode: "required", authenticators: ["session"] } } },
  });
  const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: fleetOf(), tenants: [tenant], apiKeys: new Map() });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.compiled;
}

/** Opens them all, lets half a minute pass, and counts the questions to the store. */
async function questionsOf(sessionAt: (index: number) => string) {
  const compiled = snapshot();
  let asked = 0;
  let used = 0;
  const claims = { sub: "user-1" };
  const session = { tenant: "acme", identityProvider: "main", issuer: ISSUER, subject: "user-1", claims, scopes: [], ageMs: 1, remainingMs: 900_000 };
  const ports: Ports = portsWith({} as Ports["keys"], {
    sessions: {
      find: async () => {
        asked += 1;
        return { state: "live", session: { ...session, sinceExtendedMs: 120_000 } };
      },
      used: () => {
        used += 1;
      },
    },
  });
  let elapsed = 0;
  const clock = { now: ports.clock.now, monotonic: () => elapsed };
  const ended: string[] = [];
  const open = createOpenPassages({ store: { current: compiled }, ports, clock, onEnded: (_, code) => ended.push(code) });
  const factsFor = (index: number): RequestFacts =>
    factsOf({ host: "acme.api.example.test", headers: [["Cookie", `__Host-sallyport-acme=${sessionAt(index)}`]] });
  for (let index = 0; index < OPEN; index += 1) {
    const decision = await authenticate(compiled, factsFor(index), ports);
    if (decision.outcome !== "allow") throw new Error(decision.outcome === "deny" ? `${decision.code}: ${decision.detail}` : decision.outcome);
    open.add({ facts: factsFor(index), end: () => undefined }, { compiled, decision: decision as Allow });
  }
  [asked, used] = [0, 0];
  for (; elapsed < 30_000; elapsed += 500) {
    await vi.advanceTimersByTimeAsync(500);
    // A sweep is over when nothing is asked any more.
    for (let before = -1; before !== asked; ) {
      before = asked;
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  open.close();
  return { asked, used, ended };
}

const idAt = (index: number): string => `${String(index).padStart(42, "a")}A`;

it("ten thousand open sessions cost a bounded number of questions a second, each is asked about, and none is extended", async () => {
  const { asked, used, ended } = await questionsOf(idAt);
  expect(asked / 30).toBeLessThan(1_400);
  expect(asked).toBeGreaterThan(2 * OPEN);
  expect([used, ended]).toEqual([0, []]);
}, 60_000);

it("what one session has opened is asked about once in a sweep", async () => {
  const { asked } = await questionsOf(() => idAt(1));
  expect(asked).toBeLessThanOrEqual(60);
}, 60_000);
