// Programs of the system that the tests run for real: nginx, Caddy, HAProxy, Redis. Only node: builtins.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Where Debian puts servers; an ordinary user's path often lacks it. */
const SERVER_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/** Debian packages of the programs that are not installed. */
export function missingSystemPackages(root) {
  const programs = JSON.parse(readFileSync(path.join(root, "packages/testkit/system-programs.json"), "utf8"));
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), ...SERVER_FOLDERS];
  return Object.entries(programs).flatMap(([name, debian]) => (folders.some((folder) => existsSync(path.join(folder, name))) ? [] : [debian]));
}
