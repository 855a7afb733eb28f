// Steps that run only when their inputs changed, with a line of progress each. Only node: builtins.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Stop } from "./preflight.mjs";

const SKIP = new Set(["node_modules", ".next", "dist", "generated", ".turbo", ".data", "test-results"]);

function filesBelow(entry) {
  if (!existsSync(entry)) return [];
  if (!statSync(entry).isDirectory()) return [entry];
  return readdirSync(entry)
    .filter((name) => !SKIP.has(name) && !name.endsWith(".tsbuildinfo"))
    .sort()
    .flatMap((name) => filesBelow(path.join(entry, name)));
}

function fingerprint(root, inputs) {
  const hash = createHash("sha256").update(process.version.split(".")[0]);
  for (const file of inputs.flatMap((input) => filesBelow(path.join(root, input)))) hash.update(path.relative(root, file)).update(readFileSync(file));
  return hash.digest("hex");
}

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Prints one line a step; what runs side by side may finish in any order. */
export const report = (name, outcome) => console.log(`  ${name.padEnd(30)} ${outcome}`);

/** Runs a command and gives its output; a failure shows the end of it. */
export function run(name, command, args, options = {}) {
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32", ...options });
    const collect = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => reject(new Stop(`${name} could not start: ${error.message}`)));
    child.once("exit", (code, signal) =>
      code === 0 ? resolve(output) : reject(new Stop(`${name} failed (${code ?? signal}):\n${output.slice(-6_000)}`)),
    );
  });
}

/** npm as it was called, else the one on the path. */
const npm = process.env.npm_execpath?.endsWith(".js") ? [process.execPath, process.env.npm_execpath] : ["npm"];

/** Keeps what each step's inputs were, in `<data>/stamps.json`. */
export function createSteps(root, dataDir) {
  mkdirSync(dataDir, { recursive: true });
  const file = path.join(dataDir, "stamps.json");
  const stamps = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return async function step({ name, key, inputs, present }, work) {
    const started = performance.now();
    const now = fingerprint(root, inputs);
    if (stamps[key] === now && present()) return report(name, "up to date");
    await work();
    stamps[key] = now;
    writeFileSync(file, JSON.stringify(stamps, null, 2));
    report(name, seconds(started));
  };
}

/** `npm ci`, when the lockfile is not the one that is installed. */
export function installPackages(root, step) {
  return step(
    {
      name: "packages (npm ci)",
      key: "install",
      inputs: ["package-lock.json"],
      present: () => existsSync(path.join(root, "node_modules/.package-lock.json")),
    },
    () => run("npm ci", npm[0], [...npm.slice(1), "ci", "--no-audit", "--no-fund"], { cwd: root }),
  );
}

const QUIET = {
  NEXT_TELEMETRY_DISABLED: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  CHECKPOINT_DISABLE: "1",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  DO_NOT_TRACK: "1",
};

/** Environment of every tool: no telemetry, and Prisma's schema engine from npm instead of a download. */
export function toolEnvironment(root) {
  const engine = process.platform === "win32" ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, "prisma/tools/schema-engine.mjs") };
  return { ...QUIET, ...engine, ...process.env };
}

/** Builds what changed; `only` narrows it to named workspaces and what they need. */
export function build(root, step) {
  const inputs = ["apps", "packages", "prisma", "turbo.json", "package-lock.json", "tsconfig.base.json"];
  const standalone = path.join(root, "apps/console/.next/standalone/apps/console/server.js");
  return step({ name: "build", key: "build", inputs, present: () => existsSync(standalone) }, () =>
    run("build", process.execPath, [path.join(root, "node_modules/turbo/bin/turbo"), "run", "build", "--output-logs=errors-only"], {
      cwd: root,
      env: toolEnvironment(root),
    }),
  );
}
