import type { ClientRequest } from "../server/client-message.js";
import { parametersOf } from "./endpoint.js";

const MAX_BYTES = 65_536;
const MAX_MS = 5_000;

/** A form of at most 64 KiB, within five seconds; null for anything else, and for one with a field twice. @param goOn asks for the body */
export async function readForm(message: ClientRequest, goOn: () => void): Promise<ReadonlyMap<string, string> | null> {
  const type = message.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" || Number(message.headers["content-length"] ?? 0) > MAX_BYTES) return null;
  goOn();
  const bytes = await readBytes(message);
  return bytes === null ? null : parametersOf(bytes.toString("utf8"));
}

function readBytes(message: ClientRequest): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const give = (result: Buffer | null): void => {
      clearTimeout(timer);
      message.off("data", onData).off("end", onEnd).off("close", onClose);
      message.on("error", () => undefined);
      if (result === null) message.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > MAX_BYTES) give(null);
      else chunks.push(chunk);
    };
    const onEnd = (): void => give(message.complete ? Buffer.concat(chunks) : null);
    const onClose = (): void => give(null);
    const timer = setTimeout(onClose, MAX_MS);
    message.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}
