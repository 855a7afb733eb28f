/** A body that is too large or not JSON; `status` is the HTTP answer. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415;
  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.name = "BodyError";
    this.status = status;
  }
}

/** What a declared length says already. @throws BodyError 413 */
export function requireSmall(declared: string | null | undefined, maxBytes: number): void {
  if (Number(declared ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

export const tooLarge = (maxBytes: number): BodyError => new BodyError(413, `The body is larger than ${maxBytes} bytes. Send less at once.`);

const isJson = (type: string): boolean => /^application\/(?:json|[a-z0-9.+-]+\+json)\s*(?:;|$)/i.test(type);

/**
 * The request's body, bounded in bytes whatever `Content-Length` says.
 * @throws BodyError 413 too large.
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  requireSmall(request.headers.get("content-length"), maxBytes);
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/**
 * The request's JSON body, bounded in bytes whatever `Content-Length` says; undefined when there is none.
 * @throws BodyError 413 too large, 415 not declared as JSON, 400 not JSON.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  return parseJsonBody(await readBytes(request, maxBytes), request.headers.get("content-type"));
}

/**
 * A body that is JSON in UTF-8; undefined when there is none.
 * @throws BodyError 415 not declared as JSON, 400 not JSON.
 */
export function parseJsonBody(bytes: Buffer, contentType: string | null): unknown {
  if (bytes.length === 0) return undefined;
  // A form or text/plain can be posted across origins without a preflight; JSON cannot.
  if (!isJson(contentType ?? "")) throw new BodyError(415, "Send JSON: Content-Type: application/json.");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new BodyError(400, "The body is not well-formed JSON in UTF-8.");
  }
}
