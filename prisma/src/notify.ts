import type { DataTransaction } from "./clients.js";

/** PostgreSQL's limit for a payload is 8,000 bytes, its closing zero included. */
const MAX_PAYLOAD_BYTES = 7_999;

const CHANNEL = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws TypeError when the name would not reach PostgreSQL as it is written */
export function checkChannel(channel: string): void {
  if (!CHANNEL.test(channel)) throw new TypeError(`a channel's name is 1–63 of a–z, 0–9 and '_': ${channel}`);
}

/**
 * Wakes those who listen, when and only when the transaction commits. Equal notifications of one transaction are delivered once.
 * @param payload at most 7,999 bytes of UTF-8; say what changed, never what it is
 * @throws RangeError when the payload is larger
 */
export async function notify(tx: DataTransaction, channel: string, payload = ""): Promise<void> {
  checkChannel(channel);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) throw new RangeError(`a notification carries at most ${MAX_PAYLOAD_BYTES} bytes`);
  await tx.$executeRaw`SELECT pg_notify(${channel}, ${payload})`;
}
