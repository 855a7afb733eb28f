import type { ClientRequest } from "../server/client-message.js";
import { readWhole } from "../server/whole-body.js";
import { parametersOf } from "./endpoint.js";

const MAX_BYTES = 65_536;
const MAX_MS = 5_000;

/** A form of at most 64 KiB, within five seconds; null for anything else, and for one with a field twice. @param goOn asks for the body */
export async function readForm(message: ClientRequest, goOn: () => void): Promise<ReadonlyMap<string, string> | null> {
  const type = message.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" || Number(message.headers["content-length"] ?? 0) > MAX_BYTES) return null;
  goOn();
  const bytes = await readWhole(message, { maxBytes: MAX_BYTES, maxMs: MAX_MS });
  return typeof bytes === "string" ? null : parametersOf(bytes.toString("utf8"));
}
