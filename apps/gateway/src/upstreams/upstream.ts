import type { CompiledTarget, CompiledUpstream } from "@sallyport/pipeline";
import { type Candidate, chooseTarget } from "./choose-target.js";
import type { ConnectionKeeper, TargetConnections } from "./connections.js";
import type { Probe } from "./probe.js";
import type { TargetHealth } from "./target-health.js";
import { failureReason, isTargetsFault } from "./upstream-failure.js";

/** What a target has that outlives its configuration. */
export interface TargetParts {
  readonly compiled: CompiledTarget;
  readonly health: TargetHealth;
  /** Null where nodes do not ask. */
  readonly probe: Probe | null;
}

/** One target of one upstream. */
export class Target implements Candidate {
  readonly compiled: CompiledTarget;
  readonly health: TargetHealth;
  readonly probe: Probe | null;
  readonly weight: number;
  connections: TargetConnections;
  credit = 0;

  constructor({ compiled, health, probe }: TargetParts, connections: TargetConnections) {
    this.compiled = compiled;
    this.health = health;
    this.probe = probe;
    this.weight = compiled.weight;
    this.connections = connections;
  }

  get inFlight(): number {
    return this.connections.inFlight;
  }

  get isFull(): boolean {
    return this.connections.inFlight >= this.connections.maxInFlight;
  }

  isOpen(now: number): boolean {
    return this.health.isOpen(now) && (this.probe === null || this.probe.healthy);
  }
}

/** One request at one target, from its choice to its end. */
export class Attempt {
  readonly target: Target;
  readonly connections: TargetConnections;
  readonly #upstream: Upstream;
  readonly #isTrial: boolean;
  #over = false;

  constructor(upstream: Upstream, target: Target, isTrial: boolean) {
    this.#upstream = upstream;
    this.target = target;
    this.connections = target.connections;
    this.#isTrial = isTrial;
    this.connections.inFlight += 1;
  }

  /** The head of the answer is there. */
  answered(status: number): void {
    if (this.#upstream.failures?.includes(status) === true) this.#upstream.failed(this.target, `answered ${status}`);
    else this.target.health.succeeded();
  }

  /** It ended before the head of an answer. */
  failed(error: Error): void {
    if (isTargetsFault(error)) this.#upstream.failed(this.target, failureReason(error));
  }

  /** Once, whatever became of it; what comes later is ignored. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.connections.inFlight -= 1;
    if (this.#isTrial) this.target.health.trialEnded();
  }
}

const NONE: readonly Target[] = [];

/** One upstream as it is configured now, and the choice between its targets. */
export class Upstream {
  readonly compiled: CompiledUpstream;
  readonly targets: readonly Target[];
  /** Statuses that say that a target has failed; null for none. */
  readonly failures: readonly number[] | null;
  /** Where there is nothing to choose. */
  readonly #only: Target | null;
  readonly #keeper: ConnectionKeeper;
  readonly #now: () => number;

  /** @param now a clock that never goes back, ms */
  constructor(compiled: CompiledUpstream, parts: readonly TargetParts[], keeper: ConnectionKeeper, now: () => number) {
    this.compiled = compiled;
    this.#keeper = keeper;
    this.#now = now;
    this.targets = parts.map((part) => new Target(part, keeper.to(part.compiled, compiled)));
    this.#only = this.targets.length === 1 ? (this.targets[0] ?? null) : null;
    const { statuses } = compiled.passiveHealth;
    this.failures = statuses.length === 0 ? null : statuses;
  }

  /**
   * A target for one request. Those that are open come first. When none is, all are tried ("panic"): what the node believes of its
   * targets must not be what keeps the last one from answering.
   * @param tried targets that this request has failed at
   * @returns null when every target that is left has as many requests as it may
   */
  begin(tried: readonly Target[] = NONE): Attempt | null {
    const target = this.#only !== null && tried.length === 0 ? this.#only : this.#choose(tried);
    if (target === null) return null;
    if (target.connections.pool.closed) target.connections = this.#keeper.to(target.compiled, this.compiled);
    if (target.isFull) return null;
    this.#keeper.used(target.connections);
    return new Attempt(this, target, target.health.chosen(this.#now()));
  }

  failed(target: Target, reason: string): void {
    target.health.failed(this.compiled.passiveHealth, reason, this.#now());
  }

  stateOf(target: Target): "healthy" | "ejected" | "down" {
    if (target.probe !== null && !target.probe.healthy) return "down";
    return target.health.isEjected(this.#now()) ? "ejected" : "healthy";
  }

  #choose(tried: readonly Target[]): Target | null {
    const now = this.#now();
    const isLeft = (target: Target): boolean => !tried.includes(target);
    const anyOpen = this.targets.some((target) => isLeft(target) && target.isOpen(now));
    return chooseTarget(this.targets, (target) => isLeft(target) && !target.isFull && (!anyOpen || target.isOpen(now)));
  }
}
