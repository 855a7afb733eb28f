import type { PassiveHealth } from "@sallyport/snapshot";

/** After the end of an ejection, ms: without a request since, nothing is known of the target any more. */
const NEWS_MS = 60_000;

/**
 * What requests tell of one target at this node. Several that fail in a row eject it for a while; when that is over, one request shows
 * whether it is back, and the others wait for the outcome elsewhere. Times are of a clock that never goes back, ms.
 */
export class TargetHealth {
  #failures = 0;
  /** Ejections in a row. */
  #ejections = 0;
  #until = 0;
  #onTrial = false;
  #lastError: string | null = null;
  #ejectedTotal = 0;

  /** Of the last failure; null once a request succeeded. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** Ejections so far. */
  get ejectedTotal(): number {
    return this.#ejectedTotal;
  }

  /** Whether it may be chosen. */
  isOpen(now: number): boolean {
    return this.#ejections === 0 || (now >= this.#until && !this.#onTrial);
  }

  /** For people: it fails, as far as is known at this moment. */
  isEjected(now: number): boolean {
    return this.#ejections > 0 && now < this.#until + NEWS_MS;
  }

  /** It was chosen. @returns whether this request is the one that shows if it is back */
  chosen(now: number): boolean {
    if (this.#ejections === 0 || now < this.#until || this.#onTrial) return false;
    this.#onTrial = true;
    return true;
  }

  trialEnded(): void {
    this.#onTrial = false;
  }

  succeeded(): void {
    if (this.#failures === 0 && this.#ejections === 0) return;
    this.#failures = 0;
    this.#ejections = 0;
    this.#lastError = null;
  }

  failed(policy: PassiveHealth, reason: string, now: number): void {
    this.#lastError = reason;
    if (this.#ejections > 0) {
      // Requests that were under way when it was ejected say nothing new.
      if (now >= this.#until) this.#eject(policy, now);
      return;
    }
    this.#failures += 1;
    if (this.#failures >= policy.failures) this.#eject(policy, now);
  }

  #eject({ ejectSeconds, maxEjectSeconds }: PassiveHealth, now: number): void {
    this.#failures = 0;
    this.#until = now + 1_000 * Math.min(maxEjectSeconds, ejectSeconds * 2 ** this.#ejections);
    this.#ejections = Math.min(this.#ejections + 1, 32);
    this.#ejectedTotal += 1;
  }
}
