import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SETTINGS = ["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"];

/**
 * Makes the database cluster below `dir` when it is not there yet: `cluster/data`, and `cluster/password` (mode 0600) for the user `postgres`.
 * It is made under another name and renamed when whole, so a start that is cut off leaves nothing half made, and of two at once one wins.
 *
 * @param {{ dir: string, initdb: string, as: Awaited<ReturnType<typeof import("./unprivileged.mjs").unprivileged>> }} options
 * @returns {Promise<{ data: string, password: string }>} the data folder and the superuser's password
 */
export async function ensureCluster({ dir, initdb, as }) {
  const cluster = path.join(dir, "cluster");
  if (!existsSync(cluster)) await makeCluster({ dir, cluster, initdb, as });
  return { data: path.join(cluster, "data"), password: await readFile(path.join(cluster, "password"), "utf8") };
}

async function makeCluster({ dir, cluster, initdb, as }) {
  await mkdir(dir, { recursive: true });
  const draft = await mkdtemp(path.join(dir, ".cluster-"));
  const data = path.join(draft, "data");
  const password = path.join(draft, "password");
  try {
    await mkdir(data, { mode: 0o700 });
    await writeFile(password, randomBytes(24).toString("base64url"), { mode: 0o600 });
    if (as.ids.uid !== undefined) for (const entry of [draft, data, password]) await chown(entry, as.ids.uid, as.ids.gid);
    const [command, args] = as.wrap(initdb, ["-D", data, "--pwfile", password, ...SETTINGS]);
    await run(command, args, { ...as.ids, env: { ...process.env, LC_ALL: "C" } }).catch((error) => {
      throw new Error(`initdb failed: ${error.stderr || error.message}`, { cause: error });
    });
    await rename(draft, cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else finished first: theirs is used.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}
