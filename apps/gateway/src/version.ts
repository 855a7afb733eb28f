/** What the node calls itself towards the control plane and in `/metrics`. */
export const GATEWAY_VERSION = "0.1.0";

/** Snapshot schema versions that this build reads (DESIGN §3: N−1 skew, once there is an N−1). */
export const READABLE_SCHEMA_VERSIONS: readonly number[] = [1];
