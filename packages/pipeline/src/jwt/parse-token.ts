import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import type { Claims } from "./claims.js";
import { type JoseHeader, readJoseHeader } from "./jose-header.js";
import { type CompactJws, parseCompact } from "./parse-compact.js";
import { parseStrictObject } from "./strict-json.js";

/** A token that is well-formed; nothing of it is believed yet. */
export interface ParsedToken {
  readonly jws: CompactJws;
  readonly header: JoseHeader;
  readonly claims: Claims;
}

/** BEHAVIOUR 3a, the first steps: canonical form, an algorithm that is in the language at all, no `crit`. An attack is reported. */
export function parseToken(passage: Passage, token: string): ParsedToken | Refusal {
  const { ports } = passage;
  const jws = parseCompact(token);
  if (jws === null) {
    // An unsigned token (RFC 7515 appendix A.5) ends in a dot: it has no canonical signature, but it is an attack all the same.
    reportUnsigned(passage, token);
    return new Refusal("invalid_token", "the token is not three segments of canonical base64url");
  }
  const header = readJoseHeader(jws.header, ports);
  if ("fault" in header) {
    if (header.attack) passage.report("algorithm_attack", header.fault);
    return new Refusal("invalid_token", header.fault);
  }
  const text = ports.decodeUtf8(ports.decodeBase64Url(jws.payload));
  const claims = text === null ? null : parseStrictObject(text);
  if (claims === null) return new Refusal("invalid_token", "the token's payload is no JSON object with unique names");
  return { jws, header, claims };
}

function reportUnsigned(passage: Passage, token: string): void {
  if (!token.endsWith(".")) return;
  const jws = parseCompact(`${token}AA`);
  const header = jws === null ? null : readJoseHeader(jws.header, passage.ports);
  if (header !== null && "fault" in header && header.attack) passage.report("algorithm_attack", header.fault);
}
