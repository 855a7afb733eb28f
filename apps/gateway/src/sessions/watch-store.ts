import type { StateStore } from "@sallyport/state-store";
import type { Problems } from "../problems.js";

/** Long enough for the first connection. */
const FIRST_LOOK_MS = 1_000;
const LOOK_EVERY_MS = 10_000;

/**
 * Looks whether the store answers, also while nobody presents a session: the control plane should know before people do. The first look makes
 * the tables of a new PostgreSQL.
 * @returns ends it
 */
export function watchStore(store: StateStore, problems: Problems): () => void {
  const look = (): void => {
    store.ping().then(
      () => problems.clear("state-store"),
      (error: unknown) => problems.report("state-store", `sessions cannot be looked up: ${error instanceof Error ? error.message : String(error)}`),
    );
  };
  const first = setTimeout(look, FIRST_LOOK_MS).unref();
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}
