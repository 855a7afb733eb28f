import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeRequestHead } from "./request-head.js";
import type { UpstreamRequest } from "./upstream-exchange.js";

const get: UpstreamRequest = { method: "GET", path: "/", headers: [], body: null, responseTimeoutMs: 1_000 };
const write = (request: Partial<UpstreamRequest>): string => writeRequestHead({ ...get, ...request }, "upstream:8080").text;
const invalid = expect.objectContaining({ code: "UPSTREAM_REQUEST_INVALID" });

describe("a request's head on the wire", () => {
  it("has one line for each field, whatever is in it, or is not written", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(text, text, text, (name, value, path) => {
        let head: string;
        try {
          head = write({ path: `/${path}`, headers: ["X-First", "1", name, value] });
        } catch (error) {
          expect(error).toEqual(invalid);
          return;
        }
        expect(head.split("\r\n")).toEqual([
          `GET /${path} HTTP/1.1`,
          "Host: upstream:8080",
          "Connection: keep-alive",
          "X-First: 1",
          `${name}: ${value}`,
          "",
          "",
        ]);
        expect(head.replaceAll("\r\n", "")).not.toMatch(/[\r\n\0]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["a line break in a value", { headers: ["X", "a\r\nY: b"] }],
    ["a bare line feed in a value", { headers: ["X", "a\nb"] }],
    ["a line break in a name", { headers: ["X\r\nY", "a"] }],
    ["a blank in a name", { headers: ["X ", "a"] }],
    ["no name", { headers: ["", "a"] }],
    ["a character beyond one byte", { headers: ["X", "ł"] }],
    ["a blank in the target", { path: "/a b" }],
    ["a target in absolute form", { path: "http://elsewhere/" }],
    ["a line break in the method", { method: "GET\r\nX:" }],
    ["framing of the caller's own", { headers: ["Transfer-Encoding", "chunked"] }],
    ["two lengths", { headers: ["Content-Length", "1", "content-length", "1"], body: Readable.from([]) }],
    ["a length without a body", { headers: ["Content-Length", "1"] }],
    ["a length that is none", { headers: ["Content-Length", "1 "], body: Readable.from([]) }],
  ])("is not written with %s", (_, request) => {
    expect(() => write(request)).toThrow(invalid);
  });

  it("says how its body ends", () => {
    const body = Readable.from([]);
    expect(write({ method: "POST", body })).toContain("\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect(writeRequestHead({ ...get, method: "POST", headers: ["Content-Length", "7"], body }, "u")).toMatchObject({ bodyLength: 7 });
    expect(write({ method: "POST" })).toContain("\r\nContent-Length: 0\r\n\r\n");
    expect(write({ method: "DELETE" })).not.toContain("Content-Length");
  });
});
