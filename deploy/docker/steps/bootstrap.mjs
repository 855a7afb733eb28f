import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readSecret } from "./read-secret.mjs";

const program = fileURLToPath(new URL("../../../packages/control-plane/dist/bootstrap/main.js", import.meta.url));

/** Runs the set-up program with secrets from files. @param {string} phase nodes or history @returns its answer */
export function bootstrap(phase, environment = {}) {
  const secrets = Object.fromEntries(["APP_DATABASE_URL", "FLEET_DATABASE_URL", "SALLYPORT_MASTER_KEY"].map((name) => [name, readSecret(name)]));
  const { status, stdout } = spawnSync(process.execPath, [program, phase], {
    env: { ...process.env, ...secrets, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The set-up program ended with ${status}.`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
