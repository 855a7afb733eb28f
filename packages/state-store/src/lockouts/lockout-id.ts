import { createHash } from "node:crypto";
import type { LockoutKey } from "./lockout-store.js";

/** SHA-256 in base64url, 43 characters: what a lockout is called. */
export const lockoutIdOf = ({ tenant, address, username }: LockoutKey): string =>
  createHash("sha256")
    .update(JSON.stringify([tenant, address, username]))
    .digest("base64url");
