import "server-only";
import { PACKED_MEDIA_TYPE } from "@sallyport/snapshot/protocol";
import type { Answer } from "@/server/http/problem";

/** Bytes of an answer; compressed at most once, however many nodes get it. */
export interface AnswerBytes {
  readonly json: Buffer;
  gzip(): Promise<Buffer>;
}

const WORTH_COMPRESSING_BYTES = 1_024;
/** Header fields of an answer that is not packed. no-transform (RFC 9111 §5.2.2.6): what compresses pages must not compress this once more. */
export const PLAIN = { "content-type": "application/json", "cache-control": "no-store, no-transform", vary: "accept" };
const PACKED = { ...PLAIN, "content-type": PACKED_MEDIA_TYPE };

const takesPacked = (accept: string | null): boolean =>
  (accept ?? "").split(",").some((type) => type.split(";")[0]?.trim().toLowerCase() === PACKED_MEDIA_TYPE);

/** `answer` as it goes out; packed where it is large and the caller names the packed media type. The bytes are shared: nobody writes to them. */
export async function bytesAnswer(answer: AnswerBytes, accept: string | null): Promise<Answer> {
  if (answer.json.length < WORTH_COMPRESSING_BYTES || !takesPacked(accept)) return { status: 200, headers: PLAIN, body: answer.json };
  return { status: 200, headers: PACKED, body: await answer.gzip() };
}
