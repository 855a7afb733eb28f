import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientAddress, peerHeader, recordPeerAddresses, trustedProxyList } from "@/server/peer-address";

const NOBODY = trustedProxyList([]);
let server: Server;
let origin: string;

beforeAll(async () => {
  recordPeerAddresses();
  server = createServer((request, response) => {
    const headers = new Headers(Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]));
    response.end(
      JSON.stringify({ direct: clientAddress(headers, NOBODY), behindLoopback: clientAddress(headers, trustedProxyList(["127.0.0.0/8"])) }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const ask = async (forwarded?: string) =>
  (await (await fetch(origin, { headers: forwarded ? { "x-forwarded-for": forwarded } : {} })).json()) as { direct: string; behindLoopback: string };

test("X-Forwarded-For of a client is nothing, whatever it says", async () => {
  expect((await ask("203.0.113.7")).direct).toBe("127.0.0.1");
});

test("a trusted proxy is believed as far as the chain is trusted", async () => {
  expect((await ask("203.0.113.7")).behindLoopback).toBe("203.0.113.7");
  expect((await ask("198.51.100.1, 203.0.113.7, 127.0.0.9")).behindLoopback).toBe("203.0.113.7");
  expect((await ask("203.0.113.7, nonsense")).behindLoopback).toBe("127.0.0.1");
  expect((await ask()).behindLoopback).toBe("127.0.0.1");
});

test("without the socket's note the address is not known, and a guessed header does not help", () => {
  expect(clientAddress(new Headers({ "x-forwarded-for": "203.0.113.7", "x-peer": "203.0.113.7" }), NOBODY)).toBeNull();
  expect(peerHeader()).toMatch(/^x-peer-[0-9a-f]{32}$/);
});

test("IPv4 in IPv6 clothes is told as IPv4, and IPv6 ranges are understood", () => {
  expect(clientAddress(new Headers({ [peerHeader()]: "::ffff:192.0.2.4" }), NOBODY)).toBe("192.0.2.4");
  const headers = new Headers({ [peerHeader()]: "fd00::1", "x-forwarded-for": "2001:db8::5" });
  expect(clientAddress(headers, trustedProxyList(["fd00::/8"]))).toBe("2001:db8::5");
});
