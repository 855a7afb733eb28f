import type { Dispatcher } from "undici";
import { type Refused, refused } from "./outcome.js";

type Answer = Pick<Dispatcher.ResponseData, "headers" | "body">;

export const contentTypeOf = (answer: Pick<Answer, "headers">): string =>
  [answer.headers["content-type"] ?? "no content type"].flat()[0]?.slice(0, 80) ?? "no content type";

/**
 * Reads a body as text in strict UTF-8, at most `maxBytes` of it. A compressed answer is refused: none was asked for,
 * and what it would grow to is the sender's choice. A failed read leaves the body for the caller to destroy.
 */
export async function readText(
  answer: Answer,
  maxBytes: number,
): Promise<{ readonly ok: true; readonly text: string; readonly bytes: number } | Refused> {
  const encoding = [answer.headers["content-encoding"] ?? "identity"].flat().join(",").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "")
    return refused("encoded", `the answer is compressed (${encoding.slice(0, 40)}), which was not asked for`);
  const tooLarge = refused("too_large", `the answer is larger than ${maxBytes} bytes`);
  if (Number(answer.headers["content-length"] ?? 0) > maxBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)), bytes };
  } catch {
    return refused("not_json", `the answer is not UTF-8 (${contentTypeOf(answer)}, ${bytes} bytes)`);
  }
}

/** The same, as JSON (RFC 8259). */
export async function readJson(
  answer: Answer,
  maxBytes: number,
): Promise<{ readonly ok: true; readonly json: unknown; readonly bytes: number } | Refused> {
  const read = await readText(answer, maxBytes);
  if (!read.ok) return read;
  try {
    return { ok: true, json: JSON.parse(read.text) as unknown, bytes: read.bytes };
  } catch {
    return refused("not_json", `the answer is not JSON (${contentTypeOf(answer)}, ${read.bytes} bytes)`);
  }
}
