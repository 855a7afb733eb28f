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
  /** Where the value begins and ends in the text. */
  readonly start: number;
  readonly end: number;
}

/**
 * JSON.parse for an answer with a snapshot in it: the same value, but entry by entry, so that live traffic waits for one entry
 * at most and not for 30 MiB. An object with the same name twice is refused.
 * @throws SyntaxError for what is not JSON
 */
export async function parseInSlices(text: string): Promise<unknown> {
  const start = skipBlanks(text, 0);
  if (text.charCodeAt(start) !== OPEN_BRACE) return JSON.parse(text) as unknown;
  const breathe = createBreather();
  const parseObject = async (from: number, deep: boolean): Promise<{ value: Record<string, unknown>; end: number }> => {
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    const members = membersOf(text, from);
    for (;;) {
      const next = members.next();
      if (next.done === true) return { value, end: next.value };
      const { key, start, end } = next.value;
      if (key in value) throw new SyntaxError(`the member ${key} stands there twice`);
      const large = deep && LARGE.has(key) && text.charCodeAt(start) === OPEN_BRACE;
      value[key] = large ? (await parseObject(start, false)).value : (JSON.parse(text.slice(start, end)) as unknown);
      const pause = breathe();
      if (pause) await pause;
    }
  };
  const { value, end } = await parseObject(start, true);
  if (skipBlanks(text, end) !== text.length) throw new SyntaxError("something follows the answer");
  return value;
}

/** Yields the members of the object that begins at `from`; returns where it ends. */
function* membersOf(text: string, from: number): Generator<Member, number, void> {
  let at = skipBlanks(text, from + 1);
  if (text.charCodeAt(at) === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (text.charCodeAt(at) !== QUOTE) throw new SyntaxError(`a member's name is missing at ${at}`);
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    at = skipBlanks(text, keyEnd);
    if (text.charCodeAt(at) !== COLON) throw new SyntaxError(`a colon is missing at ${at}`);
    const start = skipBlanks(text, at + 1);
    const end = endOfValue(text, start);
    yield { key, start, end };
    at = skipBlanks(text, end);
    const separator = text.charCodeAt(at);
    if (separator === CLOSE_BRACE) return at + 1;
    if (separator !== COMMA) throw new SyntaxError(`a comma is missing at ${at}`);
    at = skipBlanks(text, at + 1);
  }
}

/** Finds the end by structure alone; JSON.parse judges what is inside. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at) - 1;
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

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
  throw new SyntaxError("the answer ends in the middle of a string");
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d; code = text.charCodeAt(at)) at += 1;
  return at;
}
