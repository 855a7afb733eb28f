import { describe, expect, it } from "vitest";
import { readRequestHead } from "./request-head.js";

const PSEUDO = [":method", "GET", ":scheme", "https", ":authority", "api.example.test", ":path", "/x"];
const without = (name: string): string[] => PSEUDO.filter((_, index) => PSEUDO[index - (index % 2)] !== name);

describe("the head of an HTTP/2 request", () => {
  it("is told in the words of HTTP/1.1: the authority as Host, in front", () => {
    const head = readRequestHead([...PSEUDO, "accept", "*/*", "te", "trailers"]);
    expect(head).toEqual({
      method: "GET",
      target: "/x",
      rawHeaders: ["host", "api.example.test", "accept", "*/*", "te", "trailers"],
      fault: null,
    });
  });

  it("takes a Host that says what the authority says, in any case, for the same", () => {
    expect(readRequestHead([...PSEUDO, "host", "API.example.test"]).rawHeaders).toEqual(["host", "api.example.test"]);
  });

  it("hands on a Host that says something else, so that admission refuses two", () => {
    expect(readRequestHead([...PSEUDO, "host", "evil.test"]).rawHeaders).toEqual(["host", "api.example.test", "host", "evil.test"]);
  });

  it("takes Host alone where there is no authority (RFC 9113 §8.3.1)", () => {
    expect(readRequestHead([...without(":authority"), "host", "api.example.test"]).rawHeaders).toEqual(["host", "api.example.test"]);
  });

  it("puts the crumbs of a cookie together (RFC 9113 §8.2.3)", () => {
    expect(readRequestHead([...PSEUDO, "cookie", "a=1", "accept", "*/*", "cookie", "b=2"]).rawHeaders).toEqual([
      ...["host", "api.example.test"],
      ...["cookie", "a=1; b=2"],
      ...["accept", "*/*"],
    ]);
  });

  it.each([
    ["CONNECT", [...without(":method"), ":method", "CONNECT"]],
    ["extended CONNECT", [...without(":method"), ":method", "CONNECT", ":protocol", "websocket"]],
    ["no scheme", without(":scheme")],
    ["the scheme http", [...without(":scheme"), ":scheme", "http"]],
    ["no path", without(":path")],
    ["an empty path", [...without(":path"), ":path", ""]],
    ["an absolute form for a path", [...without(":path"), ":path", "https://evil.test/x"]],
    ["an asterisk of another method than OPTIONS", [...without(":path"), ":path", "*"]],
    ["a pseudo-header twice", [...PSEUDO, ":path", "/y"]],
    ["a pseudo-header behind a field", [...without(":path"), "accept", "*/*", ":path", "/x"]],
    ["a pseudo-header that nobody knows", [":evil", "1", ...PSEUDO]],
    ["Connection", [...PSEUDO, "connection", "x-user-id"]],
    ["Transfer-Encoding", [...PSEUDO, "transfer-encoding", "chunked"]],
    ["Upgrade", [...PSEUDO, "upgrade", "websocket"]],
    ["Keep-Alive", [...PSEUDO, "keep-alive", "timeout=5"]],
    ["Proxy-Connection", [...PSEUDO, "proxy-connection", "close"]],
    ["HTTP2-Settings", [...PSEUDO, "http2-settings", "AAMAAABk"]],
    ["TE other than trailers", [...PSEUDO, "te", "gzip"]],
    ["a name in capitals", [...PSEUDO, "X-User-Id", "root"]],
  ])("is refused with %s", (_, raw) => {
    expect(readRequestHead(raw).fault).toBe("bad_request");
  });

  it("has the size that a head of HTTP/1.1 may have", () => {
    expect(readRequestHead([...PSEUDO, "x-big", "a".repeat(17_000)]).fault).toBe("header_fields_too_large");
    expect(readRequestHead([...without(":path"), ":path", `/${"a".repeat(17_000)}`]).fault).toBe("target_too_long");
  });
});
