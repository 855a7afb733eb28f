import { parseStrictObject } from "@sallyport/pipeline";

/** What an answer takes in memory, roughly; beyond these it is no answer of good faith. */
const MAX_VALUES = 10_000;
const BYTES_PER_VALUE = 64;

const isText = (value: unknown): boolean => typeof value === "string";
const isDate = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);

/** The members of RFC 7662 §2.2 and the JSON types that they must have. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  scope: isText,
  client_id: isText,
  username: isText,
  token_type: isText,
  exp: isDate,
  iat: isDate,
  nbf: isDate,
  sub: isText,
  aud: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  iss: isText,
  jti: isText,
};

export type Answer =
  | { readonly state: "active"; readonly claims: Readonly<Record<string, unknown>> /** Estimated bytes in memory. */; readonly weight: number }
  | { readonly state: "inactive" };

export type ReadAnswer = { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly detail: string };

const malformed = (detail: string): ReadAnswer => ({ ok: false, detail: `the answer is malformed: ${detail}` });

/**
 * Reads an introspection answer (RFC 7662 §2.2). `active` is mandatory and a boolean; a member that the RFC defines has the type that it
 * gives; each name stands once. Anything else is malformed, and says nothing about the token: it is never taken for "inactive".
 */
export function readAnswer(text: string, contentType: string): ReadAnswer {
  if (/^application\/(?:[\w.-]+\+)?jwt\b/i.test(contentType)) return malformed(`a signed answer (RFC 9701, ${contentType}) was not asked for`);
  if (hasTooManyValues(text)) return malformed(`it has more than ${MAX_VALUES} values`);
  const claims = parseStrictObject(text);
  if (claims === null) return malformed("it is not one JSON object with each name once, nested at most 32 deep");
  const active = Object.hasOwn(claims, "active") ? claims.active : undefined;
  if (typeof active !== "boolean") return malformed("active is missing or no boolean");
  const wrong = Object.keys(MEMBERS).find((name) => Object.hasOwn(claims, name) && MEMBERS[name]?.(claims[name]) !== true);
  if (wrong !== undefined) return malformed(`${wrong} has another JSON type than RFC 7662 gives it`);
  if (!active) return { ok: true, answer: { state: "inactive" } };
  return { ok: true, answer: { state: "active", claims, weight: weigh(claims) } };
}

/**
 * Looked at before anything is made of the text: half a megabyte of empty lists becomes many times as much in memory. What separates
 * and opens is counted, in strings too: an answer of good faith has far less of either.
 */
function hasTooManyValues(text: string): boolean {
  let found = 0;
  for (let index = 0; index < text.length && found <= MAX_VALUES; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x2c || code === 0x5b || code === 0x7b) found += 1;
  }
  return found > MAX_VALUES;
}

function weigh(root: unknown): number {
  const open: unknown[] = [root];
  let weight = 0;
  while (open.length > 0) {
    const value = open.pop();
    weight += BYTES_PER_VALUE;
    if (typeof value === "string") weight += 2 * value.length;
    if (typeof value !== "object" || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      weight += 2 * name.length;
      open.push(member);
    }
  }
  return weight;
}
