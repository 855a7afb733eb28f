import { join } from "node:path";
import { sha256Hex } from "@sallyport/snapshot";
import { z } from "zod";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";

/** A revision that ended the node this often is not tried again. */
const DEATHS_ALLOWED = 2;
/** Having run for this long after the swap proves that a revision does not kill, ms. */
const STABLE_AFTER_MS = 5_000;

const revisionId = z.strictObject({ revision: z.int(), epoch: z.int(), rootHash: sha256Hex });
type RevisionId = z.output<typeof revisionId>;

const attempt = z.strictObject({ ...revisionId.shape, attempts: z.int().min(1) });

const record = z.strictObject({
  /** What was being applied when this was written; still there after a death. */
  applying: attempt.nullable(),
  /** What the last death was of: the start after it applies what is on disk first, and that is often another one. */
  died: attempt.nullable().default(null),
  deadly: revisionId.nullable(),
});
type CrashRecord = z.output<typeof record>;

/** Tells a valid-looking but deadly revision from a good one, over the deaths of the process (SECURITY §2). */
export interface CrashGuard {
  /** True when this revision has ended the node twice. A new revision with the same content is another one. */
  isDeadly(revision: RevisionId): boolean;
  /** Before compiling and swapping: should the process die now, the next start knows of what. */
  begin(revision: RevisionId): Promise<void>;
  /** After the swap: forgets the attempt once the revision has run for a while. */
  settle(): void;
  /** The attempt ended orderly: refused, or the node shuts down. */
  end(): Promise<void>;
}

const same = (a: RevisionId | null, b: RevisionId): boolean =>
  a !== null && a.revision === b.revision && a.epoch === b.epoch && a.rootHash === b.rootHash;

/** @param onWriteError a disk that refuses is reported; it does not keep a revision from being applied */
export async function openCrashGuard(dataDir: string, onWriteError: (error: unknown) => void): Promise<CrashGuard> {
  const path = join(dataDir, "crash-guard.json");
  const text = await readIfThere(path);
  const parsed = text === null ? null : record.safeParse(parseJson(text));
  let state: CrashRecord = parsed?.success ? parsed.data : { applying: null, died: null, deadly: null };
  if (state.applying !== null && state.applying.attempts >= DEATHS_ALLOWED) {
    const { attempts: _, ...deadly } = state.applying;
    state = { applying: null, died: null, deadly };
  } else if (state.applying !== null) state = { ...state, applying: null, died: state.applying };
  let timer: NodeJS.Timeout | undefined;

  const write = async (): Promise<void> => {
    try {
      await writeAtomically(path, JSON.stringify(state));
    } catch (error) {
      onWriteError(error);
    }
  };
  const end = async (): Promise<void> => {
    clearTimeout(timer);
    if (state.applying === null) return;
    const survived = state.died !== null && same(state.applying, state.died);
    state = { ...state, applying: null, died: survived ? null : state.died };
    await write();
  };

  return {
    isDeadly: (revision) => same(state.deadly, revision),
    async begin({ revision, epoch, rootHash }) {
      clearTimeout(timer);
      const id = { revision, epoch, rootHash };
      const before = [state.applying, state.died].find((other) => same(other, id));
      const attempts = (before?.attempts ?? 0) + 1;
      state = { ...state, applying: { ...id, attempts } };
      await write();
    },
    settle() {
      clearTimeout(timer);
      timer = setTimeout(() => void end(), STABLE_AFTER_MS);
      timer.unref();
    },
    end,
  };
}
