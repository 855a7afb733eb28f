import type { FleetTransaction } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Client } from "../deps.js";
import { randomSecret, tokenHash } from "../secrets/random-token.js";

const HOUR_MS = 3_600_000;
/** A session that is not used for this long ends. */
export const IDLE_MS = 8 * HOUR_MS;
/** No session lives longer. */
const ABSOLUTE_MS = 7 * 24 * HOUR_MS;

const USER_AGENT_CHARACTERS = 512;

/** A new session under a new id, whatever the client had before (no fixation). @returns the token, which is kept nowhere */
export async function startSession(
  tx: FleetTransaction,
  personId: string,
  client: Client,
  nowMs: number,
): Promise<{ sessionToken: string; sessionId: string }> {
  const sessionToken = randomSecret();
  const sessionId = uuidv7();
  // Nobody needs the person's sessions that ran out for good.
  await tx.consoleSession.deleteMany({ where: { personId, absoluteExpiresAt: { lt: new Date(nowMs) } } });
  await tx.consoleSession.createMany({
    data: [
      {
        id: sessionId,
        tokenHash: tokenHash(sessionToken),
        personId,
        createdAt: new Date(nowMs),
        lastSeenAt: new Date(nowMs),
        expiresAt: new Date(nowMs + IDLE_MS),
        absoluteExpiresAt: new Date(nowMs + ABSOLUTE_MS),
        ip: client.ip,
        userAgent: client.userAgent?.slice(0, USER_AGENT_CHARACTERS) ?? null,
      },
    ],
  });
  await tx.person.updateMany({ where: { id: personId }, data: { lastSignInAt: new Date(nowMs) } });
  return { sessionToken, sessionId };
}
