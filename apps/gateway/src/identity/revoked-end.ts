import { join } from "node:path";
import type { Logger } from "pino";
import { readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";
import type { Problems } from "../problems.js";
import type { SnapshotStore } from "../store.js";

const fileOf = (dataDir: string): string => join(dataDir, "revoked.json");

/** For whoever starts it again. */
const REVOKED_SENTENCE =
  "the node was revoked and serves no more: to bring it back, empty its data folder and enrol it anew with a join token; otherwise remove it";

/**
 * A node that learned that it is revoked does not begin again with what its disk holds. Whatever the mark says: a torn one was begun for this
 * reason alone.
 * @throws Error one sentence for a node that is marked
 */
export async function refuseIfRevoked(dataDir: string): Promise<void> {
  if ((await readIfThere(fileOf(dataDir))) !== null) throw new Error(REVOKED_SENTENCE);
}

export interface RevokedEndDeps {
  readonly dataDir: string;
  readonly store: Pick<SnapshotStore, "clear">;
  readonly problems: Problems;
  readonly logger: Logger;
  /** Ends the process. */
  readonly onHopeless: (sentence: string) => void;
}

/** The end of a node that is revoked. @returns what is done with the control plane's signed word, which has been verified */
export const createRevokedEnd =
  ({ dataDir, store, problems, logger, onHopeless }: RevokedEndDeps) =>
  async (notice: string): Promise<void> => {
    // Before anything that waits: from here on every request is refused. What is open ends with the process.
    store.clear();
    problems.report("revoked", REVOKED_SENTENCE);
    logger.fatal(REVOKED_SENTENCE);
    await writeAtomically(fileOf(dataDir), `${JSON.stringify({ notice })}\n`).catch((error: unknown) =>
      // Its next start ends with its first poll, then.
      logger.error({ err: error }, "that the node is revoked cannot be written to disk"),
    );
    onHopeless(REVOKED_SENTENCE);
  };
