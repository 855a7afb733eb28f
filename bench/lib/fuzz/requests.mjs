import { hostileToken } from "./tokens.mjs";

/** @typedef {import("./random.mjs").Random} Random */
/** @typedef {import("./tokens.mjs").Issuer} Issuer */
/**
 * @typedef {{ bytes: string, kind: string, mayPass: boolean }} FuzzedRequest
 * What is sent (latin1), and whether it can be one that passes: as whom it passed, the upstream judges.
 */

const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "PRI", "FUZZ", "G@T", ""];
const TARGET_PARTS = [
  "/",
  "//",
  "/.",
  "/..",
  "%2e",
  "%2E%2e",
  "%2f",
  "%5c",
  "\\",
  "%00",
  "%",
  "%zz",
  "%25",
  "#",
  "?",
  "*",
  ";",
  "&",
  "=",
  "\t",
  " ",
  "@",
  ":",
  "é",
  "~",
  "orders",
  "open",
  "seen",
  "acme",
];
const IDENTITY = [
  "X-User-Id",
  "X-Tenant-Id",
  "X-User-Roles",
  "X-Org-Id",
  "X-Token-Scopes",
  "X-Session-Id",
  "X-Authenticated-User",
  "Remote-User",
  "X-Forwarded-User",
  "X-Internal-Call",
  "X-Groups",
  "X-Authenticated",
  "X-JWT-Claims",
];
const ODD_FIELDS = [
  "Host: globex.api.example.test",
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 5, 5",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: gzip",
  "Connection: X-User-Id, close",
  "Connection: upgrade",
  "Upgrade: websocket",
  "Upgrade: h2c",
  "Expect: 100-continue",
  "Expect: x",
  "TE: trailers",
  "Trailer: X-User-Id",
  "Cookie: a=b; a=c",
  "X-API-Key: sp_x",
  "Forwarded: for=1.2.3.4;host=globex.api.example.test",
  "X-Forwarded-Host: globex.api.example.test",
  "X-Forwarded-For: 10.0.0.1",
  "X-Original-URL: /open",
  "X-HTTP-Method-Override: GET",
  "X-Tenant-ID: globex",
  "Proxy-Authorization: Bearer x",
  "DPoP: eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2In0.e30.AA",
  " folded: yes",
  "No colon",
  "Bad name: x",
  "X-Empty:",
  "X-Nul: a\0b",
  "X-Bare: a\rb",
];

/** `X-User-Id` as an upstream might fold it together. @param {Random} random @param {string} name */
const spelled = (random, name) =>
  random.one([
    () => name,
    () => name.toLowerCase(),
    () => name.toUpperCase(),
    () => name.replaceAll("-", "_"),
    () => name.replace("-", "_"),
    () => name.replaceAll("-", "."),
    () => `${name} `,
    () => ` ${name}`,
    () => `${name}\u00a0`,
  ])();

/**
 * Makes requests that a gateway must not mistake: bad tokens on good requests, good tokens on bad requests, and no token at all.
 * @param {Random} random
 * @param {{ host: string, own: Issuer, other: Issuer, good: string, hostile: () => Record<string, unknown> }} of `good` is a token that
 *   passes; `hostile` makes claims that would, of somebody else
 */
export function createRequestFuzzer(random, of) {
  const { good } = of;
  const head = (/** @type {string} */ line, /** @type {readonly string[]} */ fields, body = "") => `${line}\r\n${fields.join("\r\n")}\r\n\r\n${body}`;
  const host = `Host: ${of.host}`;

  const target = () => {
    let made = random.chance(0.5) ? random.one(["/", "/open", "/orders", "/open/", `http://${of.host}/`, "http://globex.api.example.test/", ""]) : "";
    for (let count = random.below(4); count > 0; count -= 1) made += random.chance(0.95) ? random.one(TARGET_PARTS) : random.bytes(1);
    return random.chance(0.01) ? made + "a".repeat(random.below(20_000)) : made;
  };
  const spoofed = () =>
    `${spelled(random, random.one(IDENTITY))}: ${random.one(["root", "globex", "user-9", random.bytes(5).replace(/[\r\n]/g, "")])}`;
  const odd = () => (random.chance(0.97) ? random.one(ODD_FIELDS) : `X-Pad-${random.below(9)}: ${"a".repeat(random.below(9_000))}`);
  const some = (/** @type {() => string} */ make, /** @type {number} */ atMost) => Array.from({ length: 1 + random.below(atMost) }, make);

  /** @returns {FuzzedRequest} */
  const badToken = () => {
    const token = hostileToken(random, of);
    const scheme = random.one(["Bearer ", "Bearer ", "Bearer ", "bearer ", "BEARER  ", "Bearer", "Basic ", "DPoP ", ""]);
    const name = random.one(["Authorization", "Authorization", "authorization", "AUTHORIZATION"]);
    const fields = [host, `${name}: ${scheme}${token}`, ...(random.chance(0.2) ? some(spoofed, 3) : [])];
    return { kind: "token", bytes: head("GET /seen HTTP/1.1", fields), mayPass: false };
  };

  /** @returns {FuzzedRequest} */
  const spoofedIdentity = () => {
    const fields = [host, `Authorization: Bearer ${good}`, ...some(spoofed, 4), ...(random.chance(0.3) ? some(odd, 2) : [])];
    shuffle(random, fields);
    const body = random.chance(0.2) ? random.one(["hello", "5\r\nhello\r\n0\r\nX-User-Id: root\r\n\r\n", random.bytes(random.below(40))]) : "";
    return { kind: "headers", bytes: head("GET /seen HTTP/1.1", fields, body), mayPass: true };
  };

  /** @returns {FuzzedRequest} */
  const twoCredentials = () => {
    const fields = [host, `Authorization: Bearer ${good}`, `${spelled(random, "Authorization")}: Bearer ${hostileToken(random, of)}`];
    shuffle(random, fields);
    return { kind: "two credentials", bytes: head("GET /seen HTTP/1.1", fields), mayPass: true };
  };

  /** @returns {FuzzedRequest} */
  const noToken = () => {
    const version = random.one(["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", ""]);
    const fields = random.chance(0.9)
      ? [host]
      : [`Host: ${random.one(["", "globex.api.example.test", `${of.host}:99999`, `${of.host}.`, "[::1", random.bytes(8)])}`];
    if (random.chance(0.3)) fields.push(...some(odd, 3));
    return { kind: "target", bytes: head(`${random.one(METHODS)} ${target()} ${version}`, fields), mayPass: true };
  };

  /** @returns {FuzzedRequest} */
  const noise = () => {
    const { bytes } = spoofedIdentity();
    const cut = bytes.slice(0, random.below(bytes.length));
    return { kind: "bytes", bytes: random.chance(0.5) ? cut + random.bytes(random.below(60)) : random.bytes(random.below(400)), mayPass: true };
  };

  const makers = [badToken, badToken, badToken, spoofedIdentity, twoCredentials, noToken, noToken, noise];
  return () => random.one(makers)();
}

/** @param {Random} random @param {string[]} list */
function shuffle(random, list) {
  for (let index = list.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    const kept = list[index] ?? "";
    list[index] = list[other] ?? "";
    list[other] = kept;
  }
}
