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

interface Member {
  readonly key: string;
  /** Where the value begins and ends in the bytes. */
  readonly start: number;
  readonly end: number;
}

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
  const parseObject = async (from: number, deep: boolean): Promise<{ value: Record<string, unknown>; end: number }> => {
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    const members = membersOf(bytes, from);
    for (;;) {
      const next = members.next();
      if (next.done === true) return { value, end: next.value };
      const { key, start, end } = next.value;
      if (key in value) throw new SyntaxError(`the member ${key} stands there twice`);
      const large = deep && LARGE.has(key) && bytes[start] === OPEN_BRACE;
      value[key] = large ? (await parseObject(start, false)).value : parsed(bytes, start, end);
      const pause = breathe();
      if (pause) await pause;
    }
  };
  const { value, end } = await parseObject(start, true);
  if (skipBlanks(bytes, end) !== bytes.length) throw new SyntaxError("something follows the answer");
  return value;
}

/** Yields the members of the object that begins at `from`; returns where it ends. */
function* membersOf(bytes: Buffer, from: number): Generator<Member, number, void> {
  let at = skipBlanks(bytes, from + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) throw new SyntaxError(`a member's name is missing at ${at}`);
    const keyEnd = endOfString(bytes, at);
    const key = String(parsed(bytes, at, keyEnd));
    at = skipBlanks(bytes, keyEnd);
    if (bytes[at] !== COLON) throw new SyntaxError(`a colon is missing at ${at}`);
    const start = skipBlanks(bytes, at + 1);
    const end = endOfValue(bytes, start);
    yield { key, start, end };
    at = skipBlanks(bytes, end);
    const separator = bytes[at];
    if (separator === CLOSE_BRACE) return at + 1;
    if (separator !== COMMA) throw new SyntaxError(`a comma is missing at ${at}`);
    at = skipBlanks(bytes, at + 1);
  }
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
