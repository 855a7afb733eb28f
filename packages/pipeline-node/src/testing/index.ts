// For tests of programs that contain the pipeline: the contract's cases, and what they are about.
export { HOSTILE_TABLES } from "../hostile/tables.js";
export { defaults } from "./acme-and-globex.fixture.js";
export { factsOf, jwksOf, NOW, portsWith, sectionsOf } from "./fleet.fixture.js";
export type { HostileCase, Sent } from "./hostile-case.js";
export { createMint } from "./mint.fixture.js";
export { STORED_SESSIONS, type StoredFixture } from "./sessions.fixture.js";
