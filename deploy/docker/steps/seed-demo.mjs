// The demo company: its configuration, then its past. Does nothing on an installation that is not empty.
import { bootstrap } from "./bootstrap.mjs";

const phase = process.argv[2];
if (phase !== "nodes" && phase !== "history") throw new Error("Say nodes (configuration) or history.");
const { seeded } = bootstrap(phase);
console.log(seeded ? `demo: ${phase} seeded` : "demo: there already");
