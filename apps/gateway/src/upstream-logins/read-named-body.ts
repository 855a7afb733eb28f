import type { Allow, DenyCode } from "@sallyport/pipeline";
import type { ClientRequest } from "../server/client-message.js";
import { declaredLength, hasBody } from "../server/unread-body.js";
import { readWhole } from "../server/whole-body.js";
import { readUsername } from "./read-username.js";

/** BEHAVIOUR §5. */
const MAX_BODY_BYTES = 65_536;
const MAX_BODY_MS = 10_000;

/** A body that was read as a whole, and whom it names. */
export interface NamedBody {
  /** As it came; null where there is none. */
  readonly body: Buffer | null;
  readonly username: string | null;
}

/** Why a request whose body had to be read does not go on. @param detail for the log */
export interface UnreadableBody {
  readonly outcome: "refused";
  readonly code: DenyCode;
  readonly detail: string;
}

export interface BodyRequest {
  readonly request: ClientRequest;
  readonly decision: Allow;
  /** Asks for the body where the client waits to be asked. */
  readonly goOn: () => void;
}

const refused = (code: DenyCode, detail: string): UnreadableBody => ({ outcome: "refused", code, detail });

/** The one value of a field; undefined where it is there more than once. @param name in lower case */
function onlyValue(rawHeaders: readonly string[], name: string): string | null | undefined {
  let found: string | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== name) continue;
    if (found !== null) return undefined;
    found = rawHeaders[index + 1] ?? "";
  }
  return found;
}

async function readBytes({ request, decision, goOn }: BodyRequest): Promise<Buffer | UnreadableBody> {
  const most = Math.min(MAX_BODY_BYTES, decision.route.maxRequestBodyBytes);
  const tooLarge = refused("request_body_too_large", `a body that names whom it is about has at most ${most} bytes`);
  if ((declaredLength(request) ?? 0) > most) return tooLarge;
  goOn();
  const bytes = await readWhole(request, { maxBytes: most, maxMs: MAX_BODY_MS });
  if (bytes === "too_large") return tooLarge;
  return bytes === "broken" ? refused("bad_request", "the body did not come as a whole") : bytes;
}

/**
 * Reads a request's body, and whom it names: padding, duplication or another type evade nothing, because what is not understood does not go on.
 * @param field the body's field, as the route names it
 */
export async function readNamedBody(of: BodyRequest, field: string): Promise<NamedBody | UnreadableBody> {
  const { rawHeaders } = of.request;
  if (!hasBody(of.request)) return { body: null, username: null };
  const body = await readBytes(of);
  if (!Buffer.isBuffer(body)) return body;
  const encoding = onlyValue(rawHeaders, "content-encoding");
  const type = onlyValue(rawHeaders, "content-type");
  if (encoding !== null || type === undefined) return refused("bad_request", "a body that names whom it is about has one type, and no encoding");
  const said = readUsername(type, body, field);
  return said.ok ? { body, username: said.username } : refused("bad_request", said.malformed);
}
