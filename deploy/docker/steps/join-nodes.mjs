// Makes the installation, and a file with a one-off join token for each node that has not enrolled yet or has lost its file.
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bootstrap } from "./bootstrap.mjs";

const FOLDER = process.env.JOIN_TOKENS_DIR ?? "/run/sallyport/join-tokens";
const DATA = process.env.NODES_DATA_DIR ?? "/var/lib/sallyport";
const names = (process.env.NODES ?? "").split(",").filter(Boolean);

const isThere = (...parts) => existsSync(path.join(...parts));
const missing = names.filter((name) => !isThere(DATA, name, "identity.json") || !isThere(FOLDER, name));
const { joinTokens } = bootstrap("nodes", { BOOTSTRAP_NODES: missing.join(",") });
for (const [name, token] of Object.entries(joinTokens)) writeFileSync(path.join(FOLDER, name), token, { mode: 0o600 });
console.log(missing.length > 0 ? `join tokens for ${missing.join(", ")}` : "every node has enrolled");
