import type { Allow, CompiledSnapshot, DenyCode, Ports, RequestFacts } from "@sallyport/pipeline";
import { createBreather } from "../breathe.js";
import { createJudge } from "./judge-again.js";

/** What outlives the request that opened it: a WebSocket, or an answer that goes on and on. */
export interface OpenPassage {
  readonly facts: RequestFacts;
  /** Ends it now, once. @param code what a request with this credential would be refused with */
  end(code: DenyCode): void;
}

/** Everything that is open, held to what is decided while it is (BEHAVIOUR §7). */
export interface OpenPassages {
  /** @param by what let it in @returns called once when it is over by itself */
  add(passage: OpenPassage, by: { readonly compiled: CompiledSnapshot; readonly decision: Allow }): () => void;
  readonly size: number;
  /** Ends no passage; nothing is looked at any more. */
  close(): void;
}

interface Entry {
  readonly passage: OpenPassage;
  readonly tenant: string;
  /** By which it was decided last. */
  judgedBy: CompiledSnapshot;
  /** When the credential ends, ms since the epoch; infinite for one that is good until it is revoked. */
  endsAtMs: number;
  /** When its credential is asked about again, on the clock that never goes back; infinite where nobody can be asked. */
  dueMs: number;
}

interface OpenPassagesDeps {
  readonly store: { readonly current: CompiledSnapshot | null };
  readonly ports: Ports;
  readonly clock: { now(): number; monotonic(): number };
  /** Told of each that was ended here. */
  readonly onEnded: (facts: RequestFacts, code: DenyCode) => void;
  readonly random?: () => number;
}

/** Between two looks at everything that is open: what a revision takes away ends within this, and one sweep. */
const LOOK_EVERY_MS = 500;
/** Between two questions about one session or introspected token. */
const ASK_EVERY_MS = 1_200;
/** What so many more open passages add to that: a node asks the store at most a thousand times a second, however many there are. */
const ASK_SLOWER_MS = 1;
/** Questions in flight at once; of one session there is one in a sweep. */
const AT_ONCE = 32;

/**
 * Passages are decided again by the pipeline, from the facts that opened them: when the node runs another revision, and, where a store or an
 * identity provider can take the credential back, in intervals. Nothing of it touches a request that is short.
 */
export function createOpenPassages(deps: OpenPassagesDeps): OpenPassages {
  const { store, clock, onEnded, random = Math.random } = deps;
  const entries = new Set<Entry>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping = false;

  const nextQuestionMs = (decision: Allow): number => {
    const canBeTakenBack = decision.principal?.authenticator === "session" || decision.route.introspecting !== null;
    if (!canBeTakenBack) return Number.POSITIVE_INFINITY;
    const interval = Math.max(ASK_EVERY_MS, entries.size * ASK_SLOWER_MS);
    return clock.monotonic() + interval * (0.75 + random() / 2);
  };
  const endOf = ({ principal }: Allow): number => (principal?.expiresAt ?? Number.POSITIVE_INFINITY) * 1_000;

  const end = (entry: Entry, code: DenyCode): void => {
    if (!entries.delete(entry)) return;
    entry.passage.end(code);
    onEnded(entry.passage.facts, code);
  };

  const judge = async (entry: Entry, compiled: CompiledSnapshot, again: ReturnType<typeof createJudge>): Promise<void> => {
    const verdict = await again(compiled, entry.passage.facts, entry.tenant);
    entry.judgedBy = compiled;
    if (verdict.outcome === "end") end(entry, verdict.code);
    else if (verdict.outcome === "unknown") entry.dueMs = clock.monotonic() + ASK_EVERY_MS;
    else {
      // Let through without a credential (PASS_THROUGH, a route that has become public): the end of the one that it had still counts.
      if (verdict.decision.principal !== null) entry.endsAtMs = endOf(verdict.decision);
      entry.dueMs = nextQuestionMs(verdict.decision);
    }
  };

  const sweep = async (compiled: CompiledSnapshot): Promise<void> => {
    const again = createJudge(deps.ports);
    const breathe = createBreather();
    const now = clock.monotonic();
    const due = [...entries].filter((entry) => entry.judgedBy !== compiled || entry.dueMs <= now);
    for (let at = 0; at < due.length; at += AT_ONCE) {
      await Promise.all(due.slice(at, at + AT_ONCE).map((entry) => (entries.has(entry) ? judge(entry, compiled, again) : undefined)));
      const pause = breathe();
      if (pause) await pause;
    }
  };

  const look = (): void => {
    // Not with the last one that leaves: answers that are not long after all come and go, and would set a timer each.
    if (entries.size === 0) {
      rest();
      return;
    }
    const now = clock.now();
    for (const entry of entries) if (!(now < entry.endsAtMs)) end(entry, "token_expired");
    const compiled = store.current;
    if (compiled === null || sweeping) return;
    sweeping = true;
    sweep(compiled).finally(() => {
      sweeping = false;
    });
  };

  const rest = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    add(passage, { compiled, decision }) {
      const entry: Entry = {
        passage,
        tenant: decision.tenant.slug,
        // Not the one that runs now: another may have come while the upstream was waited for.
        judgedBy: compiled,
        endsAtMs: endOf(decision),
        dueMs: nextQuestionMs(decision),
      };
      entries.add(entry);
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
      return () => void entries.delete(entry);
    },
    get size() {
      return entries.size;
    },
    close: rest,
  };
}
