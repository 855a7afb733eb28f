/**
 * A node as its control plane sees it, and nothing of what serves requests: enrolment, signed calls, polls, and the proof of what came.
 * For programs that play many nodes in one process.
 */
export type { ControlPlaneAnswer, ControlPlaneClient } from "./control-plane/client.js";
export { startHeartbeat } from "./heartbeat/heartbeat.js";
export { openNodeKeys } from "./identity/node-keys.js";
export { signNodeToken } from "./identity/node-token.js";
export { createLogger } from "./logger.js";
export { type Membership, openMembership } from "./membership.js";
export { createProblems } from "./problems.js";
export { assemble } from "./sync/assemble.js";
export { checkOrder } from "./sync/check-order.js";
export type { Checked, UnverifiedRevision, VerifiedRevision } from "./sync/revision.js";
export { startSyncLoop } from "./sync/sync-loop.js";
export { verifyEnvelope } from "./sync/verify-envelope.js";
export { GATEWAY_VERSION } from "./version.js";
