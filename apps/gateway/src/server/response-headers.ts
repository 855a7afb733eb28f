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
const LONGEST = 25;

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
    if (name.length <= LONGEST) {
      const lower = name.toLowerCase();
      if (NOT_FORWARDED.has(lower)) {
        if (lower === "connection" && !/^(?:close|keep-alive)$/i.test(value)) {
          named = [...(named ?? []), ...value.split(",").map((part) => part.trim().toLowerCase())];
        }
        continue;
      }
      if (lower === "set-cookie" && setsOwnCookie(value)) continue;
    }
    if (cors !== null && isCorsField(name)) continue;
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
