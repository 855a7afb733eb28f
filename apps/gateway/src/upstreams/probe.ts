import type { ActiveHealth } from "@sallyport/snapshot";
import type { Dispatcher } from "undici";
import { GATEWAY_VERSION } from "../version.js";
import { failureReason } from "./upstream-failure.js";

/** As much of an answer is read as keeps its connection; a longer one costs the connection. */
const MOST_BODY_BYTES = 16_384;
const USER_AGENT = `sallyport/${GATEWAY_VERSION} (health check)`;

export interface ProbeDeps {
  /** Connections of its own: a target whose pool is busy is not down. */
  readonly client: Dispatcher & { destroy(): Promise<void> };
  /** Waits its turn, so that a node never asks too many at once. */
  readonly inTurn: (ask: () => Promise<void>) => Promise<void>;
  readonly random: () => number;
}

/** Asks one target, again and again, how it is. */
export class Probe {
  readonly #settings: ActiveHealth;
  readonly #deps: ProbeDeps;
  #stopped = false;
  #asking: AbortController | null = null;
  #timer: NodeJS.Timeout | undefined;
  #passed = 0;
  #failed = 0;
  #healthy: boolean;
  #lastError: string | null = null;

  /** @param healthy what was known of the target before */
  constructor(settings: ActiveHealth, deps: ProbeDeps, healthy: boolean) {
    this.#settings = settings;
    this.#deps = deps;
    this.#healthy = healthy;
    // Many targets of one revision are not asked in one moment, and a new one is known soon.
    this.#again(Math.min(1_000, settings.intervalSeconds * 1_000) * deps.random());
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopped = true;
    this.#asking?.abort();
    await this.#deps.client.destroy();
  }

  #again(ms: number): void {
    this.#timer = setTimeout(() => void this.#deps.inTurn(() => this.#look()), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    if (this.#stopped) return;
    const fault = await this.#ask();
    if (this.#stopped) return;
    this.#note(fault);
    this.#again(this.#settings.intervalSeconds * 1_000 * (0.9 + 0.2 * this.#deps.random()));
  }

  /** @returns null for a healthy answer */
  async #ask(): Promise<string | null> {
    const { path, timeoutMs, statuses } = this.#settings;
    const asking = new AbortController();
    this.#asking = asking;
    const timer = setTimeout(() => asking.abort(), timeoutMs);
    const { signal } = asking;
    try {
      const { statusCode, body } = await this.#deps.client.request({ path, method: "GET", headers: { "user-agent": USER_AGENT }, signal });
      // The status is the answer: what becomes of the rest does not matter, but the next check needs the connection.
      await body.dump({ limit: MOST_BODY_BYTES, signal }).catch(() => undefined);
      return statuses.includes(statusCode) ? null : `the health check was answered with ${statusCode}`;
    } catch (error) {
      if (signal.aborted) return `the health check was not answered within ${timeoutMs} ms`;
      return error instanceof Error ? failureReason(error) : "the health check failed";
    } finally {
      clearTimeout(timer);
      this.#asking = null;
    }
  }

  #note(fault: string | null): void {
    this.#lastError = fault;
    this.#passed = fault === null ? this.#passed + 1 : 0;
    this.#failed = fault === null ? 0 : this.#failed + 1;
    if (this.#healthy && this.#failed >= this.#settings.unhealthyAfter) this.#healthy = false;
    else if (!this.#healthy && this.#passed >= this.#settings.healthyAfter) this.#healthy = true;
  }
}
