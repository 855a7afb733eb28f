import "server-only";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const gzipped = promisify(gzip);
const WORTH_COMPRESSING_BYTES = 1_024;

interface Encoded {
  readonly plain: Buffer<ArrayBuffer>;
  compressed?: Promise<Buffer<ArrayBuffer>>;
}

// Nodes of one group wait for the same answer: the service hands the same object to all, and it is written out once.
const encoded = new WeakMap<object, Encoded>();

function encode(body: object): Encoded {
  const known = encoded.get(body);
  if (known) return known;
  const fresh: Encoded = { plain: Buffer.from(JSON.stringify(body)) };
  encoded.set(body, fresh);
  return fresh;
}

const acceptsGzip = (headers: Headers): boolean =>
  /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+)?\s*(?:,|$)/i.test(headers.get("accept-encoding") ?? "");

/** `body` as JSON; compressed where it is large and the caller takes gzip. */
export async function jsonAnswer(body: object, requestHeaders: Headers): Promise<Response> {
  const answer = encode(body);
  const headers = { "content-type": "application/json", "cache-control": "no-store", vary: "accept-encoding" };
  if (answer.plain.length < WORTH_COMPRESSING_BYTES || !acceptsGzip(requestHeaders)) return new Response(answer.plain, { headers });
  answer.compressed ??= gzipped(answer.plain) as Promise<Buffer<ArrayBuffer>>;
  return new Response(await answer.compressed, { headers: { ...headers, "content-encoding": "gzip" } });
}
