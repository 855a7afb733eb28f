// The lockfile must be whole on every platform, and must not say from where this machine got its packages.
import { readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));

/** Node's resolution, inside the lockfile: nearest node_modules upwards. */
function resolve(from, dependency) {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf("/node_modules/"), 0))) {
    const key = `${at ? `${at}/` : ""}node_modules/${dependency}`;
    if (packages[key]) return key;
    if (!at) return null;
  }
}

const faults = [];
for (const [key, entry] of Object.entries(packages)) {
  for (const dependency of Object.keys(entry.optionalDependencies ?? {})) {
    if (!resolve(key, dependency))
      faults.push(`${key || "root"} ${entry.version}: optional ${dependency} is missing; install a version whose binaries are all published`);
  }
  if (/^https?:/.test(entry.resolved ?? ""))
    faults.push(`${key}: has a registry address; set omit-lockfile-registry-resolved=true and write the lockfile again`);
  if (key.includes("node_modules/") && !entry.link && !entry.integrity && !entry.inBundle)
    faults.push(`${key}: has no integrity; remove node_modules and the lockfile, and run npm install`);
}
for (const fault of faults) console.error(fault);
console.log(`lockfile: ${Object.keys(packages).length} packages, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
