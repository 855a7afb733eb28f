import { isOwnCookie } from "@sallyport/pipeline";

/** RFC 9110 §7.6.1 and those that older peers treat alike; and the id, which is ours to say. */
const NOT_FORWARDED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
]);
const MAX_REMEMBERED = 1_024;

type FieldClass = "pass" | "drop" | "connection" | "set-cookie" | "cors";
/** By the names as upstreams spell them: they are few, and come with every answer. */
const seen = new Map<string, FieldClass>();

function classOf(name: string): FieldClass {
  const known = seen.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  let found: FieldClass = "pass";
  if (lower === "connection" || lower === "set-cookie") found = lower;
  else if (NOT_FORWARDED.has(lower)) found = "drop";
  else if (isCorsField(name)) found = "cors";
  // Bounded by forgetting all: those in use come back at once.
  if (seen.size >= MAX_REMEMBERED) seen.clear();
  if (name.length <= 64) seen.set(name, found);
  return found;
}

/** An upstream that could set the session's cookie could sign a person in as somebody else. */
const setsOwnCookie = (value: string): boolean => isOwnCookie(value.replace(/^[\t ]+/, ""));

/** Where the route's policy answers, the upstream's own word does not stand beside it: two of them are none to a browser. */
const isCorsField = (name: string): boolean => name.length > 15 && name.slice(0, 15).toLowerCase() === "access-control-";

/** What an answer says beyond the upstream's fields. */
export interface AnswerFacts {
  readonly requestId: string;
  /** By the route's CORS policy, names and values in turn; null where it has none. */
  readonly cors: readonly string[] | null;
}

/**
 * The upstream's raw header fields as they go to the client: without hop-by-hop ones, those that `Connection` names, and cookies of the
 * gateway's own.
 * @param raw names and values in turn
 */
export function responseHeaders(raw: readonly (Buffer | string)[], { requestId, cors }: AnswerFacts): string[] {
  const headers: string[] = [];
  let named: string[] | null = null;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = latin1(raw[index]);
    const value = latin1(raw[index + 1]);
    switch (classOf(name)) {
      case "drop":
        continue;
      case "connection":
        if (!/^(?:close|keep-alive)$/i.test(value)) named = [...(named ?? []), ...value.split(",").map((part) => part.trim().toLowerCase())];
        continue;
      case "set-cookie":
        if (setsOwnCookie(value)) continue;
        break;
      case "cors":
        if (cors !== null) continue;
        break;
    }
    headers.push(name, value);
  }
  headers.push("X-Request-Id", requestId);
  if (cors !== null) headers.push(...cors);
  return named === null ? headers : withoutNamed(headers, named);
}

const latin1 = (field: Buffer | string | undefined): string => (typeof field === "string" ? field : (field?.toString("latin1") ?? ""));

/** The framing is not the upstream's to take away. */
function withoutNamed(headers: readonly string[], named: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const lower = name.toLowerCase();
    if (named.includes(lower) && lower !== "content-length" && lower !== "x-request-id") continue;
    kept.push(name, headers[index + 1] ?? "");
  }
  return kept;
}
