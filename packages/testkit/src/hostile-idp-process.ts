/**
 * The hostile identity provider in a process of its own, so that what it costs is not mistaken for what it makes others pay. Forked by
 * `forkHostileIdp`, and ends with its parent. Environment: JWKS, DRIP_MS. A message `[document, mode]` sets a mode; every message is
 * answered with address and counts.
 */
import { startHostileIdp } from "./hostile-idp.js";

const idp = await startHostileIdp({
  jwks: JSON.parse(process.env.JWKS ?? '{"keys":[]}'),
  dripMs: Number(process.env.DRIP_MS ?? 1_000),
  answer: (token) => (token.startsWith("good") ? { active: true, sub: "user-1", scope: "read" } : { active: false }),
});
const report = () => process.send?.({ issuer: idp.issuer, requests: { ...idp.requests } });

process.on("message", (order: Parameters<typeof idp.setMode> | null) => {
  if (order !== null) idp.setMode(...order);
  report();
});
process.once("disconnect", () => process.exit(0));
report();
