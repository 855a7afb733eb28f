import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable } from "../testing/hostile-case.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));
const with_ = (name: string, expect: HostileCase["expect"], ...headers: [string, string][]): HostileCase => ({
  name,
  authorization,
  headers,
  expect,
});
const host = (name: string, value: string | null, expect: HostileCase["expect"]): HostileCase => ({ name, authorization, host: value, expect });
const method = (value: string, expect: HostileCase["expect"]): HostileCase => ({
  name: `the method ${JSON.stringify(value)}`,
  authorization,
  method: value,
  expect,
});
const upgrade = (name: string, target: string, expect: HostileCase["expect"], ...headers: [string, string][]): HostileCase => ({
  name,
  authorization,
  target,
  headers,
  expect,
});

const cases: HostileCase[] = [
  host("Host in capitals, with port and dot", "ACME.API.EXAMPLE.COM.:8443", "allow"),
  host("a custom domain", "api.acme.example", "allow"),
  host("no Host", null, "bad_request"),
  host("an empty Host", "", "bad_request"),
  host("two hosts in one Host", "acme.api.example.com, globex.api.example.com", "bad_request"),
  host("Host with user info", "x@acme.api.example.com", "bad_request"),
  host("Host with a path", "acme.api.example.com/x", "bad_request"),
  { ...host("Host with a blank", "acme.api.example.com ", "bad_request"), onWire: { expect: "allow" } },
  host("Host with a port out of range", "acme.api.example.com:99999", "bad_request"),
  host("Host with port zero", "acme.api.example.com:0", "bad_request"),
  host("Host with an empty port", "acme.api.example.com:", "bad_request"),
  host("Host with a port that is no number", "acme.api.example.com:http", "bad_request"),
  host("Host with an empty label", "acme..api.example.com", "bad_request"),
  host("Host with two dots at the end", "acme.api.example.com..", "bad_request"),
  host("Host in non-ASCII", "\xe4cme.api.example.com", "bad_request"),
  host("Host with a percent sign", "acme%2eapi.example.com", "bad_request"),
  host("Host with a label of 64 characters", `${"a".repeat(64)}.api.example.com`, "bad_request"),
  with_("two Host fields", "bad_request", ["Host", "acme.api.example.com"]),
  with_("two Host fields in two spellings", "bad_request", ["hOST", "globex.api.example.com"]),
  with_("one Content-Length", "allow", ["Content-Length", "5"]),
  with_("two Content-Length fields that agree", "bad_request", ["Content-Length", "5"], ["content-length", "5"]),
  with_("a list in Content-Length", "bad_request", ["Content-Length", "5, 5"]),
  with_("a sign in Content-Length", "bad_request", ["Content-Length", "+5"]),
  with_("hexadecimal in Content-Length", "bad_request", ["Content-Length", "0x5"]),
  with_("an empty Content-Length", "bad_request", ["Content-Length", ""]),
  with_("a Content-Length beyond all numbers", "bad_request", ["Content-Length", "9".repeat(20)]),
  with_("chunked", "allow", ["Transfer-Encoding", "chunked"]),
  with_("Content-Length with Transfer-Encoding", "bad_request", ["Content-Length", "5"], ["Transfer-Encoding", "chunked"]),
  with_("Transfer-Encoding with Content-Length", "bad_request", ["Transfer-Encoding", "chunked"], ["Content-Length", "5"]),
  with_("two Transfer-Encoding fields", "bad_request", ["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "chunked"]),
  with_("an unknown Transfer-Encoding", "bad_request", ["Transfer-Encoding", "gzip, chunked"]),
  with_("identity as Transfer-Encoding", "bad_request", ["Transfer-Encoding", "identity"]),
  with_("a Transfer-Encoding with a vertical tab", "bad_request", ["Transfer-Encoding", "\x0bchunked"]),
  with_("a name with a blank", "bad_request", ["X Debug", "1"]),
  { ...with_("a name with a colon", "bad_request", ["X-Debug:", "1"]), onWire: { expect: "allow" } },
  with_("an empty name", "bad_request", ["", "1"]),
  with_("a name with a line feed", "bad_request", ["X\nDebug", "1"]),
  with_("a non-ASCII name", "bad_request", ["X-D\xe9bug", "1"]),
  {
    ...with_("a value with CR LF", "bad_request", ["X-Debug", "1\r\nX-User-Id: root"]),
    // Over a socket these are two fields.
    onWire: { expect: "allow", findings: ["spoofed_identity_header"] },
  },
  with_("a value with NUL", "bad_request", ["X-Debug", "\0"]),
  with_("a value with obs-text", "allow", ["X-Debug", "caf\xe9"]),
  with_("100 fields", "allow", ...Array.from({ length: 98 }, (_, n): [string, string] => [`X-${n}`, "1"])),
  with_("101 fields", "header_fields_too_large", ...Array.from({ length: 99 }, (_, n): [string, string] => [`X-${n}`, "1"])),
  method("CONNECT", "bad_request"),
  method("TRACE", "bad_request"),
  method("connect", "bad_request"),
  method("", "bad_request"),
  method("GET /x", "bad_request"),
  method("DELETE", "allow"),
  method("M-SEARCH", "allow"),
  upgrade("WebSocket where the route allows it", "/sockets", "allow", ["Connection", "keep-alive, Upgrade"], ["Upgrade", "websocket"]),
  upgrade("WebSocket where the route does not", "/orders", "upgrade_not_allowed", ["Connection", "Upgrade"], ["Upgrade", "websocket"]),
  upgrade("h2c where WebSocket is allowed", "/sockets", "upgrade_not_allowed", ["Connection", "Upgrade, HTTP2-Settings"], ["Upgrade", "h2c"]),
  upgrade("two upgrades at once", "/sockets", "upgrade_not_allowed", ["Connection", "upgrade"], ["Upgrade", "websocket, h2c"]),
  upgrade("Upgrade that Connection does not name", "/orders", "allow", ["Upgrade", "h2c"]),
];

export const framingTable: HostileTable = { clause: 9, title: "one Host, one framing, no tunnels", cases };
