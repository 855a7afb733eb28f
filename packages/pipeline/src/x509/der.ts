/** One element of DER (X.690 §10): its tag, and where its content lies in the bytes. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** Bytes that are no DER, or not the structure that was expected. Never leaves this folder. */
export class DerError extends Error {
  override readonly name = "DerError";
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/**
 * Reads elements one after the other, strictly: definite lengths in their shortest form, tags of one byte, nothing beyond the end.
 * @throws DerError
 */
export class DerReader {
  /** Bytes as a latin1 string, the form in which the pipeline holds them. */
  readonly bytes: string;
  readonly end: number;
  at: number;

  constructor(bytes: string, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The tag of the next element; -1 at the end. */
  get nextTag(): number {
    return this.done ? -1 : this.bytes.charCodeAt(this.at);
  }

  next(tag?: number): DerElement {
    const start = this.at;
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw new DerError("a tag of several bytes");
    if (tag !== undefined && found !== tag) throw new DerError(`tag ${found} where ${tag} belongs`);
    let length = this.#byte();
    if (length > 0x7f) {
      const count = length & 0x7f;
      if (count === 0 || count > 3) throw new DerError("a length that is indefinite or too long");
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
      if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError("a length that is not in its shortest form");
    }
    const contentStart = this.at;
    const end = contentStart + length;
    if (end > this.end) throw new DerError("an element reaches beyond its place");
    this.at = end;
    return { tag: found, start, contentStart, end };
  }

  /** A reader over the content of the next element. */
  enter(tag: number): DerReader {
    const { contentStart, end } = this.next(tag);
    return new DerReader(this.bytes, contentStart, end);
  }

  /** The whole of the next element, tag and length too. */
  whole(tag: number): string {
    const { start, end } = this.next(tag);
    return this.bytes.slice(start, end);
  }

  content(tag: number): string {
    const { contentStart, end } = this.next(tag);
    return this.bytes.slice(contentStart, end);
  }

  /** Nothing may be left. */
  finish(): void {
    if (!this.done) throw new DerError("something follows where nothing belongs");
  }

  #byte(): number {
    if (this.done) throw new DerError("the bytes end early");
    const byte = this.bytes.charCodeAt(this.at);
    this.at += 1;
    return byte;
  }
}

/** An object identifier in dotted form (X.690 §8.19). */
export function readOid(content: string): string {
  const numbers: number[] = [];
  let value = 0;
  for (let index = 0; index < content.length; index++) {
    const byte = content.charCodeAt(index);
    if (value === 0 && byte === 0x80) throw new DerError("an object identifier with a needless byte");
    value = value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 128) throw new DerError("an object identifier that is too large");
    if ((byte & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0;
  }
  const [first] = numbers;
  if (first === undefined || (content.charCodeAt(content.length - 1) & 0x80) !== 0) throw new DerError("an object identifier that ends early");
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...numbers.slice(1)].join(".");
}

/** A time of a certificate (RFC 5280 §4.1.2.5), always in seconds and in UTC; ms since the epoch. */
export function readTime(reader: DerReader): number {
  const tag = reader.nextTag;
  if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) throw new DerError("a time of another kind");
  const text = reader.content(tag);
  const [, digits] = (tag === TAG.utcTime ? /^(\d{12})Z$/ : /^(\d{14})Z$/).exec(text) ?? [];
  if (digits === undefined) throw new DerError("a time in another form");
  const full = tag === TAG.utcTime ? `${Number(digits.slice(0, 2)) >= 50 ? "19" : "20"}${digits}` : digits;
  const part = (at: number): number => Number(full.slice(at, at + 2));
  const [year, month, day, hour, minute, second] = [Number(full.slice(0, 4)), part(4), part(6), part(8), part(10), part(12)] as const;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59)
    throw new DerError("a date that does not exist");
  return (((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1_000;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysOf = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : ([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);

/** In the Gregorian calendar, from 1 January 1970. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  let days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162;
  for (let earlier = 1; earlier < month; earlier++) days += daysOf(year, earlier);
  return days + day - 1;
}
