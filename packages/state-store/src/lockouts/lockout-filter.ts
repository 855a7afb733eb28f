import type { LockoutFilter, LockoutKey, LockoutKind } from "./lockout-store.js";

/** Whom it keeps out. */
export const lockoutKindOf = ({ address, username }: LockoutKey): LockoutKind =>
  username === null ? "address" : address === "*" ? "username" : "address_username";

/** Whether somebody who looks for these means this one. */
export const isLookedFor = (key: LockoutKey, { tenant, kind, text }: LockoutFilter): boolean =>
  (tenant === null || key.tenant === tenant) &&
  (kind === null || lockoutKindOf(key) === kind) &&
  (text === null || key.address.toLowerCase().includes(text) || (key.username?.toLowerCase().includes(text) ?? false));
