import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type FleetTransaction, withFleet } from "@sallyport/data";
import { type Replay, type Replayed, replay } from "@sallyport/pipeline";
import { sha256Hex } from "@sallyport/pipeline-node";
import { FLEET_SECTION, type RateLimitPolicySpec, type TenantSection, tenantSectionName } from "@sallyport/snapshot";
import { arrival } from "@sallyport/snapshot/protocol";
import { createLocalRateLimiter } from "@sallyport/state-store";
import { z } from "zod";
import { requireOnFleet, requireOnTenant } from "../access/require.js";
import type { FleetScope, TenantScope } from "../access/scope.js";
import type { ControlPlaneDeps } from "../deps.js";
import { notFound, ServiceError } from "../errors.js";
import type { RevisionParts } from "../publish/revision-parts.js";
import { parse } from "../validation.js";
import { simulateFleetInput, simulateInput } from "./traffic.schemas.js";

/** What a policy would have done with recorded requests, and what the record is. */
export interface Simulation extends Replayed {
  /** Slug of the tenant whose requests they are. */
  readonly tenant: string;
  readonly record: {
    readonly from: Date;
    readonly to: Date;
    /** Every request that came to the limits in this time, except for those that are lost. */
    readonly requests: number;
    readonly lost: number;
    readonly nodes: number;
    /** It ended because it held as many as a recording may. */
    readonly full: boolean;
    readonly routes: readonly string[];
  };
}

/**
 * Tries policies on recorded traffic, with the code by which nodes count: as one node that saw every request. Nothing is changed by it.
 * Of a policy of the fleet that counts several tenants together, it knows the requests of this one only.
 */
export interface Simulations {
  /** @throws ServiceError `not_found`; `precondition` when nodes do not know the tenant yet, or nothing was recorded */
  ofTenant(scope: TenantScope, input: z.input<typeof simulateInput>): Promise<Simulation>;
  ofFleet(scope: FleetScope, input: z.input<typeof simulateFleetInput>): Promise<Simulation>;
}

type Parts = Pick<RevisionParts, "readLive" | "sections">;
type Arrivals = { readonly node: string; readonly arrival: z.output<typeof arrival> }[];

interface Tried {
  readonly slug: string;
  readonly recording: string;
  readonly policy: Replay["policy"];
  readonly spec: RateLimitPolicySpec;
}

const MAX_BUCKETS = 200_000;
/** What one part holds at most when it is unpacked. */
const MAX_PART_BYTES = 16 * 1024 * 1024;
const unpack = promisify(gunzip);
const part = z.array(arrival);

async function readRecord(tx: FleetTransaction, { slug, recording }: Tried) {
  const stored = await tx.trafficRecording.findFirst({
    where: { id: recording, tenant: { slug } },
    select: {
      ...{ startedAt: true, endsAt: true, fullAt: true, lost: true, routes: true },
      parts: { select: { nodeId: true, arrivals: true } },
    },
  });
  if (stored === null) throw notFound("recording");
  return stored;
}

/** What nodes look at for the tenant, from the newest revision. */
async function liveOf(parts: Parts, tx: FleetTransaction, slug: string): Promise<Pick<Replay, "section" | "fleetPolicies">> {
  const live = await parts.readLive(tx);
  const [fleetHash, tenantHash] = [live?.manifest[FLEET_SECTION], live?.manifest[tenantSectionName(slug)]];
  const sections = fleetHash === undefined || tenantHash === undefined ? null : await parts.sections.get(tx, [fleetHash, tenantHash]);
  const [fleet, tenant] = [sections?.get(fleetHash ?? ""), sections?.get(tenantHash ?? "")];
  if (fleet?.kind !== "fleet" || tenant?.kind !== "tenant")
    throw new ServiceError("precondition", `Nodes do not know ${slug} yet. Publish it, and record its traffic then.`);
  return { section: tenant, fleetPolicies: fleet.rateLimitPolicies };
}

const withPolicy = (
  { section, fleetPolicies }: Pick<Replay, "section" | "fleetPolicies">,
  { policy: { name, ofFleet }, spec }: Tried,
): { section: TenantSection; fleetPolicies: Replay["fleetPolicies"] } =>
  ofFleet
    ? { section, fleetPolicies: { ...fleetPolicies, [name]: spec } }
    : { section: { ...section, rateLimitPolicies: { ...section.rateLimitPolicies, [name]: spec } }, fleetPolicies };

export function createSimulations({ data }: Pick<ControlPlaneDeps, "data">, parts: Parts): Simulations {
  async function simulate(tried: Tried): Promise<Simulation> {
    const [stored, live] = await withFleet(data.fleet, async (tx) => [await readRecord(tx, tried), await liveOf(parts, tx, tried.slug)] as const);
    const to = stored.fullAt ?? stored.endsAt;
    const arrivals: Arrivals = [];
    for (const { nodeId, arrivals: bytes } of stored.parts) {
      const told = part.parse(JSON.parse((await unpack(bytes, { maxOutputLength: MAX_PART_BYTES })).toString("utf8")));
      for (const each of told) if (each.at <= to.getTime()) arrivals.push({ node: nodeId, arrival: each });
    }
    const [first] = arrivals.sort((a, b) => a.arrival.at - b.arrival.at);
    if (first === undefined)
      throw new ServiceError("precondition", `Nothing is recorded yet of ${tried.slug}. Nodes report every few seconds, once there are requests.`);
    let at = first.arrival.at;
    const limiter = createLocalRateLimiter({ clock: { now: () => at }, maxBuckets: MAX_BUCKETS });
    const replayed = replay({
      ...withPolicy(live, tried),
      ...{ policy: tried.policy, arrivals, sha256Hex },
      take: (bucket, limit, atMs) => {
        at = atMs;
        return limiter.take(bucket, limit).allowed;
      },
    });
    const { startedAt: from, lost, routes, fullAt } = stored;
    const nodes = new Set(stored.parts.map(({ nodeId }) => nodeId)).size;
    const last = arrivals.at(-1)?.arrival.at ?? to.getTime();
    // Of one that still runs: as far as it is known.
    const until = new Date(Math.min(to.getTime(), Math.max(last, from.getTime())));
    return {
      ...replayed,
      tenant: tried.slug,
      record: {
        from,
        to: stored.fullAt === null && until < to ? until : to,
        requests: arrivals.length,
        lost: Number(lost),
        nodes,
        full: fullAt !== null,
        routes,
      },
    };
  }

  return {
    async ofTenant(scope, raw) {
      requireOnTenant(scope, "policy.write");
      const { recording, name, spec } = parse(simulateInput, raw);
      return simulate({ slug: scope.slug, recording, spec, policy: { name, ofFleet: false } });
    },
    async ofFleet(scope, raw) {
      requireOnFleet(scope, "fleet.write");
      const { tenant, recording, name, spec } = parse(simulateFleetInput, raw);
      return simulate({ slug: tenant, recording, spec, policy: { name, ofFleet: true } });
    },
  };
}
