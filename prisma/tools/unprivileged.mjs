import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const NAMESPACE = ["-U", "--map-user=65534", "--map-group=65534"];

/**
 * How to run a program that refuses to be root, as PostgreSQL does. On a laptop nobody is root; in containers and CI one often is:
 *  1. a user namespace that maps root to `nobody`: nothing to chown, and it works below folders that only root may enter;
 *  2. else the uid of an unprivileged account that is there already (it must be able to enter the folders above the data).
 *
 * @returns {Promise<{ ids: { uid?: number, gid?: number }, wrap: (command: string, args: string[]) => [string, string[]] }>}
 *   `ids` are options of `spawn`; `wrap` turns a command into the one to spawn.
 * @throws {Error} as root where neither way is open
 */
export async function unprivileged() {
  if (process.getuid?.() !== 0) return { ids: {}, wrap: (command, args) => [command, args] };
  if (await succeeds("unshare", [...NAMESPACE, "id", "-un"])) {
    return { ids: {}, wrap: (command, args) => ["unshare", [...NAMESPACE, command, ...args]] };
  }
  for (const account of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all([idOf("-u", account), idOf("-g", account)]);
    if (uid !== null && gid !== null) return { ids: { uid, gid }, wrap: (command, args) => [command, args] };
  }
  throw new Error(
    "PostgreSQL does not run as root, and neither user namespaces nor an account named postgres or nobody are there. Run as an ordinary user.",
  );
}

const succeeds = (command, args) =>
  run(command, args, { timeout: 5_000 }).then(
    () => true,
    () => false,
  );

const idOf = (flag, account) =>
  run("id", [flag, account], { timeout: 5_000 }).then(
    ({ stdout }) => Number(stdout),
    () => null,
  );
