import { rawRequest } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";

const H = "Host: api.example.test\r\n";
const END = "\r\n";
const OPEN = "/tenants/acme/open/x";
const get = (target: string, fields = H, version = "1.1") => `GET ${target} HTTP/${version}\r\n${fields}${END}`;
const post = (fields: string, body = "") => `POST ${OPEN} HTTP/1.1\r\n${H}${fields}${END}${body}`;
const path = (rest: string) => get(`/tenants/acme/open/${rest}`);

/** Bytes, and the statuses that may answer them. SECURITY §1.8 to §1.10. */
const CASES: readonly (readonly [string, string | readonly string[], number])[] = [
  // §1.9, the header
  ["two Host fields", get(OPEN, `${H}Host: evil.test\r\n`), 400],
  ["two equal Host fields", get(OPEN, H + H), 400],
  ["no Host field", get(OPEN, ""), 400],
  ["an empty Host field", get(OPEN, "Host: \r\n"), 400],
  ["a Host with a path", get(OPEN, "Host: api.example.test/evil\r\n"), 400],
  ["a Host with a user", get(OPEN, "Host: user@api.example.test\r\n"), 400],
  ["a Host with a blank", get(OPEN, "Host: api.example.test evil\r\n"), 400],
  ["two Authorization fields", get("/tenants/acme/x", `${H}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n`), 400],
  ["two Authorization fields in different case", get("/tenants/acme/x", `${H}Authorization: Bearer a\r\nAUTHORIZATION: Bearer b\r\n`), 400],
  ["two Content-Length fields that differ", post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400],
  ["two Content-Length fields that agree", post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400],
  ["a list in Content-Length", post("Content-Length: 2, 2\r\n", "ab"), 400],
  ["a signed Content-Length", post("Content-Length: +2\r\n", "ab"), 400],
  ["a negative Content-Length", post("Content-Length: -2\r\n", "ab"), 400],
  ["a hexadecimal Content-Length", post("Content-Length: 0x2\r\n", "ab"), 400],
  ["Content-Length with Transfer-Encoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400],
  ["Transfer-Encoding with Content-Length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400],
  ["two Transfer-Encoding fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400],
  ["Transfer-Encoding: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400],
  ["Transfer-Encoding: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 400],
  ["Transfer-Encoding: xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400],
  ["a blank before the colon", post("Content-Length : 2\r\n", "ab"), 400],
  ["a blank before Transfer-Encoding's colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400],
  ["a folded header field", get(OPEN, `${H}X-A: one\r\n two\r\n`), 400],
  ["a header field without a colon", get(OPEN, `${H}Nonsense\r\n`), 400],
  ["a header field without a name", get(OPEN, `${H}: value\r\n`), 400],
  ["a blank in a field's name", get(OPEN, `${H}X A: b\r\n`), 400],
  ["NUL in a field's value", get(OPEN, `${H}X-A: a\0b\r\n`), 400],
  ["a bare CR in a field's value", get(OPEN, `${H}X-A: a\rX-User-Id: root\r\n`), 400],
  ["a control byte in a field's value", get(OPEN, `${H}X-A: a\x01b\r\n`), 400],
  ["CONNECT", "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n", 400],
  ["TRACE", `TRACE ${OPEN} HTTP/1.1\r\n${H}${END}`, 400],
  ["an unknown method", `BREW ${OPEN} HTTP/1.1\r\n${H}${END}`, 400],
  ["a method in lower case", `get ${OPEN} HTTP/1.1\r\n${H}${END}`, 400],
  [
    "an upgrade where the route allows none",
    get(OPEN, `${H}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n`),
    400,
  ],
  ["an upgrade to h2c", get(OPEN, `${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`), 400],
  ["an expectation other than 100-continue", post("Expect: 200-ok\r\nContent-Length: 2\r\n", "ab"), 400],
  ["absolute form for another host than Host", get("http://evil.test/tenants/acme/open/x"), 400],
  ["absolute form with a user", get("http://u@api.example.test/tenants/acme/open/x"), 400],
  ["absolute form of another scheme", get("ftp://api.example.test/tenants/acme/open/x"), 400],
  ["asterisk form", `OPTIONS * HTTP/1.1\r\n${H}${END}`, 400],
  ["authority form", get("api.example.test:80"), 400],
  ["a header of 20 KiB in one field", get(OPEN, `${H}X-Big: ${"a".repeat(20_000)}\r\n`), 431],
  ["a header of 20 KiB in many fields", get(OPEN, H + "X-Some: 0123456789\r\n".repeat(1_000)), 431],
  ["more fields than the fleet allows, in few bytes", get(OPEN, H + "A: b\r\n".repeat(150)), 431],
  ["a target longer than the fleet allows", get(`/tenants/acme/open/${"a".repeat(9_000)}`), 414],
  ["a target of 20 KiB", get(`/tenants/acme/open/${"a".repeat(20_000)}`), 414],
  // §1.8, the target
  ["a dot segment", path("../x"), 400],
  ["a single dot segment", path("./x"), 400],
  ["an encoded dot segment", path("%2e%2e/x"), 400],
  ["a half encoded dot segment", path(".%2E/x"), 400],
  ["an encoded slash", path("a%2fb"), 400],
  ["an encoded backslash", path("a%5Cb"), 400],
  ["an encoded NUL", path("a%00b"), 400],
  ["an encoded percent sign", path("a%252fb"), 400],
  ["an encoded CR LF", path("a%0d%0aX-User-Id:%20root"), 400],
  ["an empty segment", path("a//b"), 400],
  ["a backslash", path("a\\b"), 400],
  ["a fragment", path("a#b"), 400],
  ["a percent sign without digits", path("a%zz"), 400],
  ["a byte beyond ASCII", path("a\xffb"), 400],
  ["a tab in the target", path("a\tb"), 400],
  ["a blank in the target", path("a b"), 400],
  ["a dot segment before parameters", path("..;x/y"), 400],
  // what is no HTTP at all
  ["HTTP/0.9", `GET ${OPEN}\r\n\r\n`, 400],
  ["HTTP/2.0 by name", get(OPEN, H, "2.0"), 400],
  ["HTTP/0.9 by name", get(OPEN, H, "0.9"), 400],
  ["chunks in HTTP/1.0", `POST ${OPEN} HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ["HTTP/1.2", get(OPEN, H, "1.2"), 400],
  ["HTTP/3 bytes", get(OPEN, H, "9.9"), 400],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  ["random bytes", "\x00\xff\xfe\x01garbage\r\n\r\n", 400],
  ["a bare LF as line end in the header", `GET ${OPEN} HTTP/1.1\nHost: api.example.test\n\n`, 400],
  ["a chunk size that is no number", post("Transfer-Encoding: chunked\r\n", "zz\r\nab\r\n0\r\n\r\n"), 400],
  ["a chunk size beyond all numbers", post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFFF\r\nab\r\n"), 400],
  ["a chunk without its line end", post("Transfer-Encoding: chunked\r\n", "2\r\nabXX0\r\n\r\n"), 400],
  // sizes and pieces
  ["a Content-Length beyond the route's limit", post("Content-Length: 20000000\r\n"), 413],
  ["a body that says 413 before it is sent", post("Expect: 100-continue\r\nContent-Length: 20000000\r\n"), 413],
  // what is refused for what it asks, over the same wire
  ["no tenant", get("/nowhere"), 400],
  ["an unknown tenant", get("/tenants/nobody/x"), 404],
  ["no token", get("/tenants/acme/x"), 401],
  ["a token that is none", get("/tenants/acme/x", `${H}Authorization: Bearer nonsense\r\n`), 401],
  ["a token of 12 KiB", get("/tenants/acme/x", `${H}Authorization: Bearer ${"a".repeat(12_000)}\r\n`), 401],
];

describe("hostile bytes at the socket", () => {
  let data: DataPlane;
  beforeAll(async () => {
    data = await startDataPlane();
  });
  afterAll(() => data.close());

  it.each(CASES)("%s is refused, never with 500 and never with silence, and the node lives", async (_name, bytes, status) => {
    const before = data.upstream.requestCount();
    const answer = await rawRequest({ port: data.node.dataPort, bytes });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get("content-type")).toEqual(["application/problem+json"]);
    expect(JSON.parse(answer.body.slice(0, Number(answer.headers.get("content-length")?.[0])))).toMatchObject({
      status,
      request_id: expect.any(String),
    });
    expect(data.upstream.requestCount()).toBe(before);
    const good = await rawRequest({ port: data.node.dataPort, bytes: get(OPEN) });
    expect(good.status).toBe(200);
  });

  it("answers HTTP/1.0 and closes", async () => {
    const answer = await rawRequest({ port: data.node.dataPort, bytes: get(OPEN, H, "1.0"), until: () => false });
    expect(answer).toMatchObject({ status: 200, closed: true });
  });

  it("takes absolute form when it agrees with Host, and forwards the path alone", async () => {
    const answer = await rawRequest({ port: data.node.dataPort, bytes: get("http://api.example.test/tenants/acme/open/x?q=1") });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('"url": "/open/x?q=1"');
  });

  it("takes a request in single bytes", async () => {
    const bytes = [...post("Content-Length: 5\r\n", "hello")];
    const answer = await rawRequest({ port: data.node.dataPort, bytes });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('"bytes": 5');
  });

  it("closes a connection that sends half a header, without hurting another", async () => {
    const slow = rawRequest({ port: data.node.dataPort, bytes: `GET ${OPEN} HTTP/1.1\r\n${H}X-Slow: `, timeoutMs: 16_000, until: () => false });
    expect((await rawRequest({ port: data.node.dataPort, bytes: get(OPEN) })).status).toBe(200);
    expect(await slow).toMatchObject({ status: 400, closed: true });
  });
});
