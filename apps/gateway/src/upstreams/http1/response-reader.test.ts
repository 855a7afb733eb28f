import { request } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ResponseReader } from "./response-reader.js";

interface Seen {
  interim: number[];
  status: number | null;
  headers: string[];
  body: string;
  reusable: boolean | null;
}

/** Reads an answer in these pieces, and then the end of the connection. @throws what the reader throws */
function read(pieces: readonly Buffer[], { answersHead = false, ends = true } = {}): Seen & { whole: boolean } {
  const seen: Seen = { interim: [], status: null, headers: [], body: "", reusable: null };
  const reader = new ResponseReader({
    onHead({ status, rawHeaders }) {
      if (status < 200) seen.interim.push(status);
      else Object.assign(seen, { status, headers: rawHeaders });
    },
    onBody(chunk) {
      seen.body += chunk.toString("latin1");
    },
    onEnd(reusable) {
      seen.reusable = reusable;
    },
  });
  reader.expect(answersHead);
  for (const piece of pieces) {
    // As the pool hands it over: one buffer, of which the beginning is new.
    const buffer = Buffer.alloc(piece.length + 64, "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    piece.copy(buffer);
    reader.read(buffer, piece.length);
  }
  const whole = ends ? reader.finish() : seen.reusable !== null;
  return { ...seen, whole };
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const cut = (whole: Buffer, at: readonly number[]): Buffer[] => {
  const points = [0, ...at.map((share) => Math.floor(share * whole.length)).sort((a, b) => a - b), whole.length];
  return points.slice(1).map((end, index) => whole.subarray(points[index], end));
};

const token = fc
  .stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/)
  .filter((name) => !/^(?:content-length|transfer-encoding|connection|keep-alive)$/i.test(name));
const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/);
const fields = fc.array(fc.tuple(token, value), { maxLength: 6 });
const body = fc.string({ unit: "binary-ascii", maxLength: 300 });
const chunked = (text: string, sizes: readonly number[]): string => {
  let rest = text;
  let wire = "";
  for (const size of sizes) {
    const piece = rest.slice(0, size);
    rest = rest.slice(size);
    if (piece !== "") wire += `${piece.length.toString(16)}${size % 2 === 0 ? "" : ";note=1"}\r\n${piece}\r\n`;
  }
  if (rest !== "") wire += `${rest.length.toString(16).toUpperCase()}\r\n${rest}\r\n`;
  return `${wire}0\r\n${sizes.length > 2 ? "X-Trailer: ignored\r\n" : ""}\r\n`;
};

const answer = fc
  .record({
    fields,
    body,
    framing: fc.constantFrom("length" as const, "chunked" as const, "close" as const),
    sizes: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
    interim: fc.array(fc.constantFrom(100, 103), { maxLength: 2 }),
    status: fc.constantFrom(200, 201, 301, 404, 418, 503),
  })
  .map((made) => {
    const framing = { length: `Content-Length: ${made.body.length}\r\n`, chunked: "Transfer-Encoding: chunked\r\n", close: "" }[made.framing];
    const head = made.fields.map(([name, text]) => `${name}: ${text} \r\n`).join("");
    const before = made.interim.map((status) => `HTTP/1.1 ${status} Interim\r\nLink: </x>\r\n\r\n`).join("");
    const wire = `${before}HTTP/1.1 ${made.status} Some Reason\r\n${head}${framing}\r\n${made.framing === "chunked" ? chunked(made.body, made.sizes) : made.body}`;
    return { ...made, wire: bytes(wire) };
  });

describe("the reader of answers", () => {
  it("tells the same of an answer, however its bytes are cut", () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(answer, cuts, (made, at) => {
        const seen = read(cut(made.wire, at));
        expect(seen.interim).toEqual(made.interim);
        expect(seen.status).toBe(made.status);
        expect(seen.body).toBe(made.body);
        expect(seen.headers.slice(0, made.fields.length * 2)).toEqual(made.fields.flat());
        expect(seen.whole).toBe(true);
        expect(seen.reusable).toBe(made.framing !== "close");
      }),
      { numRuns: 500 },
    );
  });

  it("knows that an answer is not whole at every place where it can be cut off", () => {
    fc.assert(
      fc.property(
        answer.filter(({ framing }) => framing !== "close"),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (made, share) => {
          const part = made.wire.subarray(0, Math.min(Math.floor(share * made.wire.length), made.wire.length - 1));
          expect(read([part]).whole).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["bytes after the answer", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n"],
    ["an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a status of nobody's", "HTTP/1.1 600 Odd\r\n\r\n"],
    ["a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"],
    ["a bare line feed in a field", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 0\r\n\r\n"],
    ["a bare carriage return in a field", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n"],
    ["a NUL in a field", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"],
    ["a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"],
    ["a blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"],
    ["a line without a colon", "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n"],
    ["a field without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"],
    ["a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\n\r\n"],
    ["a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx"],
    ["a length in hex", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx"],
    ["an empty length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"],
    ["both framings", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
    ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n"],
    ["a chunk's size with a sign", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n"],
    ["a chunk's size of 14 digits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000001\r\nx\r\n0\r\n\r\n"],
    ["a chunk that goes on", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n"],
    ["a chunk that ends with a line feed", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n"],
    ["a line feed in an extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n"],
    ["trailers without end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"X: y\r\n".repeat(8_000)}`],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(12_000)}`],
    ["interim answers without end", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(17)],
  ])("refuses %s, in one piece and byte by byte", (_, wire) => {
    expect(() => read([bytes(wire)])).toThrow(expect.objectContaining({ code: "UPSTREAM_MALFORMED" }));
    const pieces = Array.from({ length: wire.length }, (_each, index) => bytes(wire.slice(index, index + 1)));
    expect(() => read(pieces)).toThrow(expect.objectContaining({ code: "UPSTREAM_MALFORMED" }));
  });

  it.each([
    ["204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false],
    ["304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false],
    ["an answer to HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true],
    ["an answer to HEAD in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true],
  ])("takes no body for %s", (_, wire, answersHead) => {
    expect(read([bytes(wire)], { answersHead, ends: false })).toMatchObject({ body: "", reusable: true });
    expect(() => read([bytes(`${wire}hello`)], { answersHead })).toThrow();
  });

  it.each([
    ["Connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"],
    ["close among others", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["HTTP/1.0 that would be kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"],
    ["a body up to the end of the connection", "HTTP/1.1 200 OK\r\n\r\n"],
  ])("uses no connection again after %s", (_, wire) => {
    expect(read([bytes(wire)])).toMatchObject({ whole: true, reusable: false });
  });

  it("takes for an answer only what node:http reads in the same way", async () => {
    const start = fc.constantFrom(
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-A: b\r\n\r\nabcd",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n2;x=y\r\ncd\r\n0\r\nT: u\r\n\r\n",
      "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nabcd",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nX-Empty:\r\n\r\n",
    );
    const odd = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      " ",
      "\t",
      "\0",
      ":",
      ",",
      ";",
      "0",
      "1",
      "9",
      "a",
      "f",
      "x",
      "-",
      "\x80",
      "chunked",
      "Content-Length: 4\r\n",
    );
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.integer({ min: 0, max: 3 }),
      put: fc.option(odd, { nil: "" }),
    });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(start, fc.array(edit, { maxLength: 3 }), async (text, edits) => {
        let wire = text;
        for (const { at, drop, put } of edits) {
          const index = Math.floor(at * wire.length);
          wire = wire.slice(0, index) + put + wire.slice(index + drop);
        }
        let seen: ReturnType<typeof read>;
        try {
          seen = read([bytes(wire)]);
        } catch {
          return;
        }
        if (!seen.whole) return;
        accepted += 1;
        const theirs = await readWithNode(bytes(wire));
        expect(theirs).toEqual({ status: seen.status, headers: seen.headers, body: seen.body });
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

/** What node:http's own client makes of it. */
function readWithNode(wire: Buffer): Promise<unknown> {
  return new Promise((resolve) => {
    const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const sent = request({ method: "GET", path: "/", host: "upstream", createConnection: () => connection }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => resolve(`failed: ${error.message}`));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: trimmed(response.rawHeaders), body: Buffer.concat(chunks).toString("latin1") }),
      );
    });
    sent.on("error", (error) => resolve(`refused: ${error.message}`));
    sent.end();
    setImmediate(() => {
      connection.push(wire);
      connection.push(null);
    });
  });
}

/** It keeps blanks at a value's end. */
const trimmed = (headers: readonly string[]): string[] => headers.map((text, index) => (index % 2 === 0 ? text : text.replace(/[\t ]+$/, "")));
