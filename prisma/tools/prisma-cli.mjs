import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ENGINE = fileURLToPath(new URL("./schema-engine.mjs", import.meta.url));

/**
 * Runs the Prisma CLI in this package without its native engine, so that nothing is downloaded.
 * On Windows a script can't stand in for a program: there Prisma brings its own.
 *
 * @param {string[]} args as on the command line
 * @param {Record<string, string>} [env] added to the environment
 * @param {{ quiet?: boolean }} [options] `quiet` hides the output
 * @returns {Promise<number>} exit code
 */
export function runPrisma(args, env = {}, { quiet = false } = {}) {
  const cli = createRequire(import.meta.url).resolve("prisma/build/index.js");
  const engine = process.platform === "win32" ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: ENGINE };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: ROOT,
      stdio: quiet ? "ignore" : "inherit",
      env: { ...process.env, CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1", ...engine, ...env },
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
