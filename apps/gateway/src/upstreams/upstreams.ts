import type { SecretOf } from "@sallyport/idp-client";
import { type CompiledChanges, type CompiledSnapshot, type CompiledTarget, type CompiledUpstream, SlotMap } from "@sallyport/pipeline";
import type { TargetState } from "@sallyport/snapshot/protocol";
import { Client } from "undici";
import { createConnectionKeeper } from "./connections.js";
import { createConnector, tlsKeyOf } from "./connector.js";
import { Probe } from "./probe.js";
import { TargetHealth } from "./target-health.js";
import { createTurns } from "./turns.js";
import { type Target, Upstream } from "./upstream.js";

interface WatchedTarget extends TargetState {
  readonly ejectedTotal: number;
}

/** Every upstream that this node has sent requests to, or asks how it is. */
export interface Upstreams {
  of(upstream: CompiledUpstream): Upstream;
  /** After a revision was applied: targets that stay keep connections and health, checks begin and end. @param changes of the snapshot that runs */
  review(changes: CompiledChanges | null): void;
  /** Targets of upstreams that people watch: with several targets, or with checks. */
  watched(): readonly WatchedTarget[];
  /** How many targets are in which state, of all upstreams. */
  counts(): Readonly<Record<TargetState["state"], number>>;
  /** One sentence for each upstream none of whose targets can be used. */
  problems(): readonly string[];
  close(): Promise<void>;
}

const ROUND_MS = 60_000;
/** Health checks under way at once. */
const MOST_CHECKS = 32;
const MOST_REASON = 200;

export interface UpstreamsDeps {
  readonly store: { readonly current: CompiledSnapshot | null };
  /** Never goes back, ms. */
  readonly clock: { monotonic(): number };
  readonly secretOf: SecretOf;
}

export function createUpstreams({ store, clock, secretOf }: UpstreamsDeps): Upstreams {
  const keeper = createConnectionKeeper(secretOf);
  const known = new SlotMap<Upstream>();
  /** Those that were opened last, by id. */
  const running = new Map<string, Upstream>();
  /** By origin and TLS settings: whoever's requests failed there, it failed for all. */
  const health = new Map<string, TargetHealth>();
  const probes = new Map<string, Probe>();
  const inTurn = createTurns(MOST_CHECKS);

  const healthOf = ({ origin }: CompiledTarget, upstream: CompiledUpstream): TargetHealth => {
    const key = `${origin} ${tlsKeyOf(upstream)}`;
    const found = health.get(key) ?? new TargetHealth();
    health.set(key, found);
    return found;
  };

  const probeOf = ({ origin }: CompiledTarget, upstream: CompiledUpstream, before: Target | undefined): Probe | null => {
    const { spec } = upstream;
    if (spec.activeHealth === undefined) return null;
    const key = `${origin} ${spec.connectTimeoutMs} ${JSON.stringify(spec.activeHealth)} ${tlsKeyOf(upstream)}`;
    const found = probes.get(key);
    if (found !== undefined) return found;
    const client = new Client(origin, { connect: createConnector(upstream, secretOf), maxHeaderSize: 65_536 });
    const probe = new Probe(spec.activeHealth, { client, inTurn, random: Math.random }, before?.probe?.healthy ?? true);
    probes.set(key, probe);
    return probe;
  };

  const open = (compiled: CompiledUpstream): Upstream => {
    const before = running.get(compiled.id);
    const parts = compiled.targets.map((target) => {
      const same = before?.targets.find((other) => other.compiled.origin === target.origin);
      return { compiled: target, health: healthOf(target, compiled), probe: probeOf(target, compiled, same) };
    });
    const upstream = new Upstream(compiled, parts, keeper, clock.monotonic);
    known.set(compiled, upstream);
    running.set(compiled.id, upstream);
    return upstream;
  };

  const declared = ({ tenant, name }: CompiledUpstream): CompiledUpstream | undefined => store.current?.tenants.get(tenant)?.upstreams.get(name);
  /** False for one that a request of an older revision opened late. */
  const isCurrent = ({ compiled }: Upstream): boolean => declared(compiled) === compiled;

  /** Health and checks that no upstream of the running revision has any more. */
  const letGo = (): void => {
    const targets = [...running.values()].flatMap((upstream) => upstream.targets);
    const [healths, asked] = [new Set(targets.map((target) => target.health)), new Set(targets.map((target) => target.probe))];
    for (const [key, each] of health) if (!healths.has(each)) health.delete(key);
    for (const [key, probe] of probes) {
      if (asked.has(probe)) continue;
      probes.delete(key);
      probe.stop().catch(() => undefined);
    }
  };

  const sweep = setInterval(keeper.nextRound, ROUND_MS);
  sweep.unref();

  return {
    of: (upstream) => known.get(upstream) ?? open(upstream),
    review(changes) {
      for (const [id, { compiled }] of running) {
        const now = declared(compiled);
        if (now === undefined) running.delete(id);
        else if (now !== compiled) open(now);
      }
      for (const { upstreams } of changes?.brought ?? store.current?.tenants.values() ?? []) {
        for (const upstream of upstreams.values()) if (upstream.spec.activeHealth !== undefined && known.get(upstream) === undefined) open(upstream);
      }
      letGo();
    },
    watched() {
      const watched: WatchedTarget[] = [];
      for (const upstream of running.values()) {
        const { tenant, name, spec } = upstream.compiled;
        if ((upstream.targets.length === 1 && spec.activeHealth === undefined) || !isCurrent(upstream)) continue;
        for (const target of upstream.targets) {
          watched.push({
            tenant,
            upstream: name,
            target: target.compiled.url,
            state: upstream.stateOf(target),
            inFlight: target.inFlight,
            ejectedTotal: target.health.ejectedTotal,
            lastError: lastErrorOf(target),
          });
        }
      }
      return watched;
    },
    counts() {
      const counts = { healthy: 0, ejected: 0, down: 0 };
      for (const upstream of running.values()) {
        if (!isCurrent(upstream)) continue;
        for (const target of upstream.targets) counts[upstream.stateOf(target)] += 1;
      }
      return counts;
    },
    problems() {
      const sentences: string[] = [];
      for (const upstream of running.values()) {
        const [first] = upstream.targets;
        // Almost all are well, and there may be tens of thousands of them.
        if (first === undefined || upstream.targets.some((target) => upstream.stateOf(target) === "healthy") || !isCurrent(upstream)) continue;
        const whom = upstream.targets.length === 1 ? `${first.compiled.url} cannot` : `none of its ${upstream.targets.length} targets can`;
        sentences.push(`upstream ${upstream.compiled.id}: ${whom} be reached: ${lastErrorOf(first) ?? "no answer"}`);
      }
      return sentences;
    },
    async close() {
      clearInterval(sweep);
      await Promise.all([keeper.close(), ...[...probes.values()].map((probe) => probe.stop())]);
    },
  };
}

const lastErrorOf = ({ probe, health }: Target): string | null => (probe?.lastError ?? health.lastError)?.slice(0, MOST_REASON) ?? null;
