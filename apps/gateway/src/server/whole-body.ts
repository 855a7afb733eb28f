import type { ClientRequest } from "./client-message.js";

/** Reads a body as a whole. `broken`: it ended before its end, or did not come in time. */
export function readWhole(
  message: ClientRequest,
  { maxBytes, maxMs }: { readonly maxBytes: number; readonly maxMs: number },
): Promise<Buffer | "too_large" | "broken"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const give = (result: Buffer | "too_large" | "broken"): void => {
      clearTimeout(timer);
      message.off("data", onData).off("end", onEnd).off("close", onClose);
      message.on("error", () => undefined);
      if (typeof result === "string") message.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) give("too_large");
      else chunks.push(chunk);
    };
    const onEnd = (): void => give(message.complete ? Buffer.concat(chunks) : "broken");
    const onClose = (): void => give("broken");
    const timer = setTimeout(onClose, maxMs);
    message.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}
