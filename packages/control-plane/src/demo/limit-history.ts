import { createHash, randomUUID } from "node:crypto";
import type { Arrival, LimitKey, PressedKey } from "@sallyport/snapshot/protocol";
import { createLimitReports } from "../node-api/limits.js";
import type { NodeRecord } from "../node-api/node-directory.js";
import type { DemoWorld } from "./seed-configuration.js";

const MINUTE_MS = 60_000;
const RECORDED_MINUTES = 15;
const RECORDED_AGO_MS = 95 * MINUTE_MS;
/** Who tries passwords, and who exports by a script that does not wait. */
const GUESSER = "203.0.113.77";
const SCRIPT = "198.51.100.42";

const mark = (name: string): string => `#${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;

/** What nodes would have told so many minutes ago. */
function pressedAgo(minutesAgo: number): PressedKey[] {
  const pressed = (tenant: string | null, policy: string, key: LimitKey, over: number, near: number): PressedKey => ({
    ...{ tenant, policy, key, over, near, unseen: 0 },
  });
  const fades = minutesAgo < 60 ? 1 : 3;
  return [
    pressed(null, "login-address", { address: GUESSER }, 412 * fades, 38),
    pressed(null, "login-address", { address: "2001:db8:4:9::/64" }, 61, 22 * fades),
    pressed(null, "login-address", { address: "192.0.2.19" }, 0, 9),
    pressed(null, "login-username", { tenant: "acme", username: mark("grace.hopper@acme.example") }, 37 * fades, 11),
    pressed(null, "login-username", { tenant: "acme", username: mark("ada@acme.example") }, 4, 6),
    pressed("acme", "per-address", { address: SCRIPT }, 188 * fades, 240),
    pressed("acme", "per-address", { address: "198.51.100.9" }, 0, 31 * fades),
    pressed("initech", "contract", { tenant: "initech" }, 74 * fades, 205),
  ];
}

/** A quarter of an hour of acme's requests: an even stream of many, and every four minutes somebody who sends all at once. */
function arrivalsFrom(began: number): Arrival[] {
  const arrivals: Arrival[] = [];
  const address = (of: number): string => `192.0.2.${(of * 37) % 60}`;
  for (let second = 0; second < RECORDED_MINUTES * 60; second += 1) {
    const many = 3 + ((second * 7) % 5);
    for (let each = 0; each < many; each += 1) {
      const of = second * 11 + each * 17;
      const route = of % 9 === 0 ? "refunds" : "payments";
      const known = { source: "acme/main", subject: mark(`user-${of % 90}`) };
      arrivals.push({ at: began + second * 1_000 + Math.floor((each * 1_000) / many), route, address: address(of), ...known });
    }
    if (second % 240 >= 100 && second % 240 < 104)
      for (let each = 0; each < 60; each += 1)
        arrivals.push({
          at: began + second * 1_000 + each * 16,
          route: "exports",
          address: SCRIPT,
          source: "acme/:api_key",
          apiKey: "acme/nightly-export",
        });
  }
  return arrivals.sort((a, b) => a.at - b.at);
}

/** Who pressed on the limits, and a recording of acme's traffic, as nodes would have told of them. */
export async function reportLimits(
  { controlPlane, deps, at, actor }: DemoWorld,
  nodes: readonly Pick<NodeRecord, "id">[],
  now: number,
): Promise<void> {
  // The demo has one group of nodes, and every tenant is there.
  const take = createLimitReports(deps, async () => () => true);
  const [first, second = first] = nodes as NodeRecord[];
  if (first === undefined || second === undefined) return;
  for (const minutesAgo of [600, 290, 40, 0]) {
    at(now - minutesAgo * MINUTE_MS);
    await take(first, { batch: randomUUID(), keys: pressedAgo(minutesAgo), traffic: [] });
  }
  const began = now - RECORDED_AGO_MS;
  at(began);
  const scope = await controlPlane.access.tenant(actor("li"), "acme", "policy.write");
  const { id } = await controlPlane.trafficRecordings.start(scope, { minutes: RECORDED_MINUTES });
  at(began + RECORDED_MINUTES * MINUTE_MS);
  const arrivals = arrivalsFrom(began);
  for (const [index, node] of [first, second].entries())
    await take(node, {
      batch: randomUUID(),
      keys: [],
      traffic: [{ recording: id, arrivals: arrivals.filter((_, each) => each % 2 === index), lost: 0 }],
    });
  at(now);
}
