import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failpoint } from "@sallyport/failpoints";

/** Makes a rename durable; not every file system lets a folder be opened, and then the next write tries again. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "EISDIR" || error.code === "EPERM" || error.code === "EINVAL"))) throw error;
  } finally {
    await handle?.close();
  }
}

const TEMPORARY = /\.[0-9]+\.tmp$/;

/** Removes what writes left that were cut off, by a process that is gone. For a folder that one process alone writes to, at its start. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const file of await readdir(folder, { recursive: true })) {
    // A disk that refuses keeps them; whoever has to write is told of that.
    if (TEMPORARY.test(file)) await rm(join(folder, file), { force: true }).catch(() => undefined);
  }
}

/**
 * Writes a file so that a reader sees the old content or the new, whatever happens in between: temp, fsync, rename.
 * Readable by the owner only.
 */
export async function writeAtomically(path: string, content: string | AsyncIterable<string>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const handle = await open(temporary, "w", 0o600);
  try {
    if (typeof content === "string") await handle.writeFile(content);
    else for await (const piece of content) await handle.write(piece);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await handle.close();
  failpoint("node.temporary_written");
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
