import { createBreather } from "../breathe.js";

/** Members that can hold thousands of entries; the rest of an answer is small. */
const LARGE = new Set(["manifest", "changed"]);

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** UTF-8 is decoded entry by entry too: no bit of its structure is within a character of several bytes. */
const parsed = (bytes: Buffer, start: number, end: number): unknown => JSON.parse(bytes.toString("utf8", start, end));

/**
 * JSON.parse for an answer with a snapshot in it: the same value, but entry by entry, so that live traffic waits for one entry
 * at most and not for 30 MiB. @param bytes UTF-8 An object with the same name twice is refused.
 * @throws SyntaxError for what is not JSON
 */
export async function parseInSlices(bytes: Buffer): Promise<unknown> {
  const start = skipBlanks(bytes, 0);
  if (bytes[start] !== OPEN_BRACE) return parsed(bytes, 0, bytes.length);
  const breathe = createBreather();
  /** @returns the object that begins at `from`, and where it ends */
  const parseObject = async (from: number, deep: boolean): Promise<{ value: Record<string, unknown>; end: number }> => {
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let at = skipBlanks(bytes, from + 1);
    if (bytes[at] === CLOSE_BRACE) return { value, end: at + 1 };
    for (;;) {
      const { key, start } = nameAt(bytes, at);
      if (key in value) throw new SyntaxError(`the member ${key} stands there twice`);
      const isLarge = deep && LARGE.has(key) && bytes[start] === OPEN_BRACE;
      // Of a large one the end is not looked for: that alone would take as long as many an entry.
      const member = isLarge ? await parseObject(start, false) : valueAt(bytes, start);
      value[key] = member.value;
      const pause = breathe();
      if (pause) await pause;
      at = skipBlanks(bytes, member.end);
      if (bytes[at] === CLOSE_BRACE) return { value, end: at + 1 };
      if (bytes[at] !== COMMA) throw new SyntaxError(`a comma is missing at ${at}`);
      at = skipBlanks(bytes, at + 1);
    }
  };
  const { value, end } = await parseObject(start, true);
  if (skipBlanks(bytes, end) !== bytes.length) throw new SyntaxError("something follows the answer");
  return value;
}

/** The name of a member, and where its value begins. */
function nameAt(bytes: Buffer, at: number): { readonly key: string; readonly start: number } {
  if (bytes[at] !== QUOTE) throw new SyntaxError(`a member's name is missing at ${at}`);
  const end = endOfString(bytes, at);
  const colon = skipBlanks(bytes, end);
  if (bytes[colon] !== COLON) throw new SyntaxError(`a colon is missing at ${colon}`);
  return { key: String(parsed(bytes, at, end)), start: skipBlanks(bytes, colon + 1) };
}

function valueAt(bytes: Buffer, start: number): { readonly value: unknown; readonly end: number } {
  const end = endOfValue(bytes, start);
  return { value: parsed(bytes, start, end), end };
}

/** Finds the end by structure alone; JSON.parse judges what is inside. */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (code === QUOTE) {
      at = endOfString(bytes, at) - 1;
      if (depth === 0) return at + 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (code === COMMA && depth === 0) return at;
  }
  throw new SyntaxError("the answer ends in the middle of a value");
}

function endOfString(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  throw new SyntaxError("the answer ends in the middle of a string");
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  for (let code = bytes[at]; code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d; code = bytes[at]) at += 1;
  return at;
}
