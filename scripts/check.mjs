// npm run check: the one gate. Formatting and lint with import rules, boundaries, types, dead code, lockfile, documents.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Stop } from "./lib/preflight.mjs";
import { report, run, seconds, toolEnvironment } from "./lib/steps.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const env = { ...toolEnvironment(root), NO_COLOR: "1" };
const bin = (file) => path.join(root, "node_modules", file);

/** In the order in which they fail fastest. Types need the build's declarations, so `build` comes before this script in `npm test`. */
const CHECKS = [
  ["lockfile", ["scripts/lockcheck.mjs"]],
  ["format, lint, import rules", [bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]],
  ["workspace boundaries", [bin("turbo/bin/turbo"), "boundaries"]],
  ["build", [bin("turbo/bin/turbo"), "run", "build", "--output-logs=errors-only"]],
  ["types of tests and console", [bin("turbo/bin/turbo"), "run", "typecheck", "--output-logs=errors-only"]],
  ["containers fit the repository", ["deploy/check.mjs"]],
  ["dead code", [bin("knip/bin/knip.js"), "--no-progress"]],
];

let failed = 0;
for (const [name, args] of CHECKS) {
  const started = performance.now();
  try {
    await run(name, process.execPath, args, { cwd: root, env });
    report(name, `passed in ${seconds(started)}`);
  } catch (error) {
    failed += 1;
    report(name, "FAILED");
    console.error(error instanceof Stop ? error.message : error);
  }
}
process.exitCode = failed > 0 ? 1 : 0;
