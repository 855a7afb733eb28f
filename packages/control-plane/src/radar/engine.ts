import { randomUUID } from "node:crypto";
import { type FleetTransaction, withFleet } from "@sallyport/data";
import { createIdpHttp, probeProvider } from "@sallyport/idp-client";
import { FLEET_SECTION, fleetSpec } from "@sallyport/snapshot";
import type { ControlPlaneDeps } from "../deps.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { type ClaimedTarget, claimDue, claimOne } from "./claims.js";
import { recordProbe } from "./record-probe.js";
import { syncUses } from "./sync-uses.js";

export type RadarParts = Pick<RevisionParts, "readLive" | "sections">;

/** Asks identity providers, a few at a time. Keeps nothing in memory: any replica asks whichever is due. */
export interface RadarEngine {
  /** Brings what is watched up to the live revision, and asks what is due, as far as there are places. @returns how many it asked */
  look(): Promise<number>;
  /** Asks one target now. @returns false while somebody asks it already */
  lookAt(id: string): Promise<boolean>;
  /** How often a provider that is well is asked, ms; what is asked for one by one when the radar is off counts with the default. */
  readonly intervalMs: number;
  /** Looks again and again from here on; does nothing where the radar is off. */
  start(): void;
  close(): Promise<void>;
}

/** Where nothing else is said. */
export const RADAR_INTERVAL_MS = 300_000;
/** Probes at once, and those that begin with one look: forty a second, so that ten thousand providers are asked within five minutes. */
const PLACES = 16;
const PAUSE_MS = 400;
const IDLE_MS = 2_000;
const FOLLOW_MS = 120_000;
/** For one call; a probe makes two. */
const TIMEOUT_MS = 5_000;

export function createRadarEngine(deps: ControlPlaneDeps, parts: RadarParts): RadarEngine {
  const { data, clock, log } = deps;
  const isOn = deps.radarIntervalMs !== 0;
  const intervalMs = deps.radarIntervalMs || RADAR_INTERVAL_MS;
  let { idpAllowedRanges, idpCertificates } = fleetSpec.parse({});
  const http = createIdpHttp({ allowedRanges: () => idpAllowedRanges, certificates: () => idpCertificates, proxy: deps.idpProxy });
  const underWay = new Set<Promise<unknown>>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let closed = false;
  /** The revision up to which what is watched is known to be true. */
  let followed = 0;

  /** What is live: which providers there are, and how nodes call them. */
  async function followLive(): Promise<void> {
    const follow = async (tx: FleetTransaction): Promise<number> => {
      const live = await parts.readLive(tx);
      if (live === null) return followed;
      const isTrue = live.number === followed || (await syncUses(tx, live, { now: clock.now(), intervalMs }));
      const hash = live.manifest[FLEET_SECTION];
      const section = hash === undefined ? undefined : (await parts.sections.get(tx, [hash])).get(hash);
      if (section?.kind === "fleet") ({ idpAllowedRanges, idpCertificates } = section.settings);
      return isTrue ? live.number : followed;
    };
    // Of a large fleet the first time takes long, and nobody waits for it.
    followed = await withFleet(data.fleet, follow, { timeoutMs: FOLLOW_MS });
  }

  async function ask(target: ClaimedTarget): Promise<void> {
    // Places in the client go by host: one that hangs holds up its own tenants only.
    const place = URL.canParse(target.url) ? new URL(target.url).host : target.url;
    const outcome = await probeProvider(http, target, { tenant: place, timeoutMs: TIMEOUT_MS });
    const at = { now: clock.now(), intervalMs, chance: Math.random() };
    await withFleet(data.fleet, (tx) => recordProbe(tx, target, outcome, at));
  }

  function begin(target: ClaimedTarget): Promise<void> {
    const run: Promise<void> = ask(target).finally(() => underWay.delete(run));
    underWay.add(run);
    return run;
  }
  const warned = (error: unknown): void =>
    log.warn({ err: error }, "An identity provider could not be looked at; it stays as it is, and is looked at again.");

  async function claim(): Promise<ClaimedTarget[]> {
    await followLive();
    const most = PLACES - underWay.size;
    return most <= 0 ? [] : withFleet(data.fleet, (tx) => claimDue(tx, { claim: randomUUID(), most, now: clock.now() }));
  }

  async function look(): Promise<number> {
    const targets = await claim();
    await Promise.all(targets.map(begin));
    return targets.length;
  }

  const later = (ms: number): void => {
    if (closed) return;
    timer = setTimeout(
      () => {
        looking = claim()
          .then((targets) => {
            for (const target of targets) begin(target).catch(warned);
            later(targets.length > 0 || underWay.size > 0 ? PAUSE_MS : IDLE_MS);
          })
          .catch((error: unknown) => {
            warned(error);
            later(IDLE_MS);
          });
      },
      ms * (0.8 + Math.random() * 0.4),
    ).unref();
  };

  return {
    look,
    intervalMs,
    async lookAt(id) {
      await followLive();
      const target = await withFleet(data.fleet, (tx) => claimOne(tx, id, { claim: randomUUID(), now: clock.now() }));
      if (target === null) return false;
      await begin(target);
      return true;
    },
    start() {
      if (isOn && timer === undefined) later(IDLE_MS);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
      await http.close();
      await Promise.allSettled(underWay);
    },
  };
}
