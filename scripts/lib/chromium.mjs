// A browser for the tests: an explicit path, Playwright's own, one of the system, or Debian's package.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Stop } from "./preflight.mjs";
import { run } from "./steps.mjs";

/** Debian's package of a Chromium that draws pages and no windows around them: a page takes half the time of a whole browser's. */
const HEADLESS = "chromium-headless-shell";

const SYSTEM = [
  `/usr/bin/${HEADLESS}`,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Path of a Chromium, or null. `playwright` is the package's `chromium`, when it is installed. */
export function findChromium(playwright) {
  const named = process.env.PLAYWRIGHT_CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Stop(`PLAYWRIGHT_CHROMIUM_PATH names ${named}, and there is no such file.`);
    return named;
  }
  const own = playwright?.executablePath();
  return own && existsSync(own) ? own : (SYSTEM.find((file) => existsSync(file)) ?? null);
}

const succeeds = (command, args) => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/**
 * Installs system packages through apt as root or with a passwordless sudo; `chromium` without its windows, where apt has that by itself.
 * @throws Stop with the command to type where that is not possible.
 */
export async function installSystemPackages(packages, why) {
  const command = `apt-get install -y ${packages.join(" ")}`;
  const root = process.getuid?.() === 0;
  if (!succeeds("apt-get", ["--version"]))
    throw new Stop(`${why} Install ${packages.join(", ")} with your system's package manager and run npm test again.`);
  if (!root && !succeeds("sudo", ["-n", "true"])) throw new Stop(`${why} Type: sudo ${command}`);
  const prefix = root ? [] : ["sudo", "-n"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => run(`apt-get ${args[0]}`, ...commandOf([...prefix, "apt-get", ...args]), { env });
  await apt("update", "-qq");
  const hasHeadless = succeeds("apt-cache", ["show", HEADLESS]);
  const names = packages.map((name) => (name === "chromium" && hasHeadless ? HEADLESS : name));
  await apt("install", "-y", "-qq", "--no-install-recommends", ...names);
}

const commandOf = ([command, ...args]) => [command, args];
