import { createHash } from "node:crypto";
import { failpoint } from "@sallyport/failpoints";
import type { Logger } from "pino";
import type { Membership } from "../membership.js";
import { pause } from "../pause.js";
import type { Problems } from "../problems.js";
import { createBackOff } from "../sync/back-off.js";
import type { NodeKeys } from "./node-keys.js";

/** How often the age is looked at, ms; also the longest pause between two attempts. */
const LOOK_MS = 60_000;
/** Whoever asks repeats it until it is done: what is asked so soon after a renewal asked for that one, ms. */
const JUST_RENEWED_MS = 10_000;
/** A control plane that does not know renewals is asked again after this, ms. */
const OLDER_MS = 3_600_000;
/** The share of the age by which nodes of one image are spread. */
const SPREAD = 0.1;
const NOT_FOUND = 404;
/** Until other calls have told by which pair the node is known, ms. */
const DOUBT_MS = 1_000;

export interface KeyRenewalDeps {
  readonly keys: NodeKeys;
  readonly membership: Pick<Membership, "renew" | "adopt" | "inDoubt">;
  /** No key is used for longer, ms. */
  readonly maxAgeMs: number;
  readonly problems: Problems;
  readonly logger: Logger;
  readonly clock: { now(): number };
}

export interface KeyRenewal {
  /** Somebody wants it now. */
  ask(): void;
  /** The node uses another of its pairs: there may be something to do. */
  look(): void;
  stop(): Promise<void>;
}

/** The age at which a key is renewed, ms: between nine tenths and all of the most, by its own `kid`, so that a fleet does not renew in step. */
export function renewalAge(maxAgeMs: number, kid: string): number {
  const share = createHash("sha256").update(kid).digest().readUInt32BE() / 2 ** 32;
  return maxAgeMs * (1 - SPREAD * share);
}

/** Renews the node's keys when they are old, when somebody asks, and when an earlier attempt was cut off. A failed attempt changes nothing. */
export function startKeyRenewal(deps: KeyRenewalDeps): KeyRenewal {
  const { keys, membership, problems, logger, clock } = deps;
  const stopping = new AbortController();
  const backOff = createBackOff();
  let waking = new AbortController();
  let asked = false;
  let renewedAt = Number.NEGATIVE_INFINITY;

  /** A next pair that is there comes of an attempt that was cut off: the control plane may know it. */
  const isDue = (): boolean =>
    asked || keys.next !== null || clock.now() - keys.madeAtMs >= renewalAge(deps.maxAgeMs, keys.present.signing.publicJwk.kid);

  const done = (previousUntil: string | null): void => {
    asked = false;
    renewedAt = clock.now();
    backOff.reset();
    logger.info({ kid: keys.present.signing.publicJwk.kid, previousUntil }, "the node's keys are renewed");
  };

  /** @returns ms until the next look */
  const attempt = async (): Promise<number> => {
    if (membership.inDoubt) return DOUBT_MS;
    const next = await keys.prepare();
    const answer = await membership.renew(next, stopping.signal);
    if (answer.ok) {
      failpoint("node.renewal_answered");
      await membership.adopt(next);
      done(answer.value.previousUntil);
      return LOOK_MS;
    }
    if (stopping.signal.aborted) return 0;
    if (answer.status === NOT_FOUND) {
      asked = false;
      logger.info("the control plane is older and does not renew keys; the node keeps its own");
      return OLDER_MS;
    }
    problems.report("node-keys", `the node's keys could not be renewed: ${answer.message}`);
    logger.warn({ reason: answer.message }, "the node's keys could not be renewed; it goes on with those that it has");
    return backOff.next(LOOK_MS);
  };

  let seen = keys.present;
  const turn = async (): Promise<number> => {
    if (await keys.settle()) problems.clear("node-keys");
    // Another call was answered by the next pair: its renewal had come out.
    if (keys.present !== seen && keys.next === null) done(null);
    const waitMs = isDue() ? await attempt() : LOOK_MS;
    seen = keys.present;
    return waitMs;
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      let waitMs = LOOK_MS;
      try {
        waitMs = await turn();
      } catch (error) {
        problems.report("node-keys", "the node's new keys cannot be written to disk: it goes on with those that it has");
        logger.error({ err: error }, "the node's new keys cannot be written to disk");
      }
      if (!stopping.signal.aborted) await pause(waitMs, waking.signal);
    }
  };
  const running = run();
  return {
    ask() {
      if (asked || Math.abs(clock.now() - renewedAt) < JUST_RENEWED_MS) return;
      asked = true;
      waking.abort();
    },
    look: () => waking.abort(),
    async stop() {
      stopping.abort();
      waking.abort();
      await running;
    },
  };
}
