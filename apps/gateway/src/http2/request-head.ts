import type { DenyCode } from "@sallyport/pipeline";

/** The head of an HTTP/2 request in the words of HTTP/1.1, in which the pipeline reads. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, `host` first. */
  readonly rawHeaders: string[];
  /** Why it is no request of ours; the pipeline is not asked. */
  readonly fault: DenyCode | null;
}

/** The whole head as HTTP/1.1 would write it: the same limit as there. */
const MAX_HEAD_BYTES = 16_384;
const LONG_TARGET_BYTES = 8_192;

/** RFC 9113 §8.2.2: what is about one connection has no place here. */
const OF_A_CONNECTION = new Set(["connection", "http2-settings", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

const PSEUDO = [":method", ":scheme", ":authority", ":path"] as const;
type Pseudo = Partial<Record<string, string>>;

/**
 * RFC 9113 §8.3.1. `:authority` stands for Host: a Host beside it must say the same, else both go on and admission refuses two.
 * Crumbs of a cookie are put together again (§8.2.3). node:http2 refuses most of what is malformed before this; none of it is left to it.
 * @param raw names and values in turn, as they came
 */
export function readRequestHead(raw: readonly string[]): RequestHead {
  const pseudo: Pseudo = {};
  const rawHeaders: string[] = [];
  let bytes = 0;
  let cookieAt = -1;
  let malformed = false;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    bytes += name.length + value.length + 4;
    if (name.startsWith(":")) {
      // In front of every field, each once, and none that nobody knows.
      malformed ||= pseudo[name] !== undefined || rawHeaders.length > 0 || !(PSEUDO as readonly string[]).includes(name);
      pseudo[name] = value;
      continue;
    }
    malformed ||= OF_A_CONNECTION.has(name) || (name === "te" && value !== "trailers") || name !== name.toLowerCase();
    if (name === "host" && sameHost(value, pseudo[":authority"])) continue;
    if (name === "cookie" && cookieAt >= 0) rawHeaders[cookieAt] += `; ${value}`;
    else rawHeaders.push(name, value);
    if (name === "cookie" && cookieAt < 0) cookieAt = rawHeaders.length - 1;
  }
  const { ":method": method = "", ":path": target = "", ":scheme": scheme, ":authority": authority } = pseudo;
  if (authority !== undefined) rawHeaders.unshift("host", authority);
  // The path alone: an absolute form here would be a second authority.
  malformed ||= method === "CONNECT" || scheme !== "https" || !(target.startsWith("/") || (target === "*" && method === "OPTIONS"));
  const tooLarge = bytes <= MAX_HEAD_BYTES ? null : target.length > LONG_TARGET_BYTES ? "target_too_long" : "header_fields_too_large";
  return { method, target, rawHeaders, fault: malformed ? "bad_request" : tooLarge };
}

const sameHost = (host: string, authority: string | undefined): boolean => authority !== undefined && host.toLowerCase() === authority.toLowerCase();
