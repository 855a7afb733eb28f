import type { FleetTransaction } from "@sallyport/data";
import type { Actor } from "./actor.js";

/** Whose hand it is: of a token, its owner's. Two names of one person are one person. */
export async function personBehind(tx: FleetTransaction, actor: Actor): Promise<string> {
  if (actor.kind !== "api_token") return actor.id;
  const token = await tx.apiToken.findUnique({ where: { id: actor.id }, select: { ownerId: true } });
  return token?.ownerId ?? actor.id;
}
