import type { Ports } from "../ports.js";
import { Refusal } from "../refusal.js";
import { type Authority, canonicalAuthority } from "./host.js";

/** A request target that means one thing to everybody. */
export interface AdmittedTarget {
  /** Begins with `/`; byte for byte what came. */
  readonly path: string;
  /** With its `?`; empty when there is none. Forwarded untouched. */
  readonly query: string;
  /** Of an absolute-form target (RFC 9112 §3.2.2), with the port that its scheme implies; else null. */
  readonly authority: (Authority & { readonly defaultPort: "80" | "443" }) | null;
}

const bad = (detail: string): Refusal => new Refusal("bad_request", detail);
const SLASH = 0x2f;
const PERCENT = 0x25;

/**
 * SECURITY §1.8: what two readers could take for two different targets is refused, never repaired.
 * In the path: blanks, control and non-ASCII bytes, `\`, `#`, `//`, dot segments (with path parameters too, `..;x`), a `%` without two
 * hex digits, percent-encoded control bytes, `.`, `/`, `\` and `%`, and encoded bytes that are not UTF-8. In the query, which no stage reads: blanks, control and
 * non-ASCII bytes and `#`; everything else is forwarded as it came, also what is percent-encoded there.
 */
export function admitTarget(target: string, maxBytes: number, decodeUtf8: Ports["decodeUtf8"]): AdmittedTarget | Refusal {
  if (target.length > maxBytes) return new Refusal("target_too_long", "the request target is longer than the fleet allows");
  if (target.charCodeAt(0) === SLASH) return admitOriginForm(target, null, decodeUtf8);
  const scheme = /^(https?):\/\/([^/?#]*)/i.exec(target);
  if (scheme === null) return bad("the request target is neither a path nor an absolute http URL");
  const [matched, name = "", authorityText = ""] = scheme;
  const authority = canonicalAuthority(authorityText);
  if (authority === null) return bad("the authority of the request target is no plain host");
  const described = { ...authority, defaultPort: name.toLowerCase() === "https" ? ("443" as const) : ("80" as const) };
  const rest = target.slice(matched.length);
  return admitOriginForm(rest.startsWith("/") ? rest : `/${rest}`, described, decodeUtf8);
}

function admitOriginForm(target: string, authority: AdmittedTarget["authority"], decodeUtf8: Ports["decodeUtf8"]): AdmittedTarget | Refusal {
  let segmentStart = 1;
  let index = 1;
  let highByte = false;
  for (; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code === 0x3f) break;
    if (code === SLASH) {
      if (index === segmentStart) return bad("the path has an empty segment");
      if (isDotSegment(target, segmentStart, index)) return bad("the path has a dot segment");
      segmentStart = index + 1;
    } else if (code <= 0x20 || code >= 0x7f) return bad("the path has a blank, control or non-ASCII byte");
    else if (code === 0x5c || code === 0x23) return bad("the path has a backslash or a fragment");
    else if (code === PERCENT) {
      const byte = escapedByte(target, index);
      const fault = faultOfEscape(byte);
      if (fault !== null) return bad(fault);
      if (byte >= 0x80) highByte = true;
      index += 2;
    }
  }
  if (isDotSegment(target, segmentStart, index)) return bad("the path has a dot segment");
  const path = target.slice(0, index);
  // Overlong forms hide dots and slashes from a strict reader, and show them to a lenient one.
  if (highByte && decodeUtf8(percentDecoded(path)) === null) return bad("the path's encoded bytes are not UTF-8");
  const query = target.slice(index);
  for (let at = 0; at < query.length; at++) {
    const code = query.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return bad("the query has a blank, control or non-ASCII byte, or a fragment");
  }
  return { path, query, authority };
}

/** `.`, `..`, and the same before path parameters, which some upstreams take off first. */
function isDotSegment(target: string, from: number, to: number): boolean {
  if (target.charCodeAt(from) !== 0x2e || from >= to) return false;
  const next = from + 1 < to && target.charCodeAt(from + 1) === 0x2e ? from + 2 : from + 1;
  return next >= to || target.charCodeAt(next) === 0x3b;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The byte of the escape at a `%`; -1 when two hex digits do not follow. */
function escapedByte(target: string, at: number): number {
  const high = hexDigit(target.charCodeAt(at + 1));
  const low = hexDigit(target.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function faultOfEscape(byte: number): string | null {
  if (byte < 0) return "the path has a percent sign without two hex digits";
  if (byte < 0x20 || byte === 0x7f) return "the path has an encoded control byte";
  if (byte === 0x2e || byte === SLASH || byte === 0x5c || byte === PERCENT) return "the path has an encoded dot, slash, backslash or percent sign";
  return null;
}

/** Bytes as latin1. */
const percentDecoded = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** The path as an upstream might read it: percent-decoded to bytes (latin1) and without path parameters. */
export function plainPath(path: string): string {
  return percentDecoded(path).replace(/;[^/]*/g, "");
}
