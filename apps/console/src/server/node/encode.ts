import "server-only";
import { PACKED_MEDIA_TYPE } from "@sallyport/snapshot/protocol";

/** Bytes of an answer; compressed at most once, however many nodes get it. */
export interface AnswerBytes {
  readonly json: Buffer;
  gzip(): Promise<Buffer>;
}

const WORTH_COMPRESSING_BYTES = 1_024;

const takesPacked = (headers: Headers): boolean =>
  (headers.get("accept") ?? "").split(",").some((type) => type.split(";")[0]?.trim().toLowerCase() === PACKED_MEDIA_TYPE);

// The bytes are shared and never detached: Response copies from a view of them.
const bodyOf = (bytes: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);

/** `answer` as a response; packed where it is large and the caller names the packed media type. */
export async function bytesAnswer(answer: AnswerBytes, requestHeaders: Headers): Promise<Response> {
  // no-transform (RFC 9111 §5.2.2.6): what compresses pages must not compress this once more.
  const headers = { "content-type": "application/json", "cache-control": "no-store, no-transform", vary: "accept" };
  if (answer.json.length < WORTH_COMPRESSING_BYTES || !takesPacked(requestHeaders)) return new Response(bodyOf(answer.json), { headers });
  return new Response(bodyOf(await answer.gzip()), { headers: { ...headers, "content-type": PACKED_MEDIA_TYPE } });
}
