// `next build` leaves the static files out of the standalone server; it is whole with them beside it.
import { cpSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const app = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const standalone = path.join(app, ".next/standalone/apps/console");

if (!existsSync(path.join(standalone, "server.js"))) throw new Error(`${standalone} has no server.js: did next build run?`);
for (const [from, to] of [
  [".next/static", ".next/static"],
  ["public", "public"],
]) {
  const source = path.join(app, from);
  if (!existsSync(source)) continue;
  const target = path.join(standalone, to);
  rmSync(target, { recursive: true, force: true });
  cpSync(source, target, { recursive: true });
}
