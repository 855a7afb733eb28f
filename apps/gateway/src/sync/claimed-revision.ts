import { parseJson } from "../files/read-if-there.js";

const whole = (value: unknown): number => (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0);

/** Revision and epoch as an envelope says that nobody has verified: only to name what is refused. Zeros when it says nothing. */
export function claimedRevision(envelope: string): { revision: number; epoch: number } {
  const claims = parseJson(Buffer.from(envelope.split(".")[1] ?? "", "base64url").toString("utf8"));
  if (typeof claims !== "object" || claims === null) return { revision: 0, epoch: 0 };
  return { revision: "revision" in claims ? whole(claims.revision) : 0, epoch: "epoch" in claims ? whole(claims.epoch) : 0 };
}
