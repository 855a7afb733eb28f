import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIdpHttp, type IdpHttp } from "./idp-http.js";
import type { FetchReason } from "./outcome.js";

/** Listens on loopback on both families and must never see a byte, nor a connection. */
const canary = { port: 0, connections: 0, servers: [] as Server[] };
const listenOn = (host: string, port: number) =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer((socket) => {
      canary.connections += 1;
      socket.destroy();
    });
    server.once("error", reject);
    server.listen({ host, port, ipv6Only: host === "::1" }, () => resolve(server));
  });

/** DNS of the attacker: names that lead inside. */
const ZONE: Record<string, string[]> = {
  "inside.example": ["127.0.0.1"],
  "inside6.example": ["::1"],
  "mixed.example": ["93.184.216.34", "127.0.0.1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "nat64.example": ["64:ff9b::7f00:1"],
  "metadata.example": ["169.254.169.254"],
  "private.example": ["10.1.2.3"],
  "wireserver.example": ["168.63.129.16"],
  "nothing.example": [],
  localhost: ["127.0.0.1"],
  "sub.localhost": ["127.0.0.1"],
};
let http: IdpHttp;

beforeAll(async () => {
  const v4 = await listenOn("127.0.0.1", 0);
  const address = v4.address();
  canary.port = typeof address === "object" && address !== null ? address.port : 0;
  canary.servers.push(v4);
  // Not every machine has IPv6; where it has, the canary listens there too.
  await listenOn("::1", canary.port).then(
    (v6) => canary.servers.push(v6),
    () => undefined,
  );
  http = createIdpHttp({
    allowedRanges: () => [],
    lookup: async (name) => {
      const found = ZONE[name];
      if (found === undefined) throw Object.assign(new Error(name), { code: "ENOTFOUND" });
      return found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    },
  });
});
afterAll(async () => {
  await http.close();
  for (const server of canary.servers) server.close();
});

/** Hosts, each tried as http and https with the canary's port. */
const HOSTS: readonly (readonly [string, FetchReason])[] = [
  ["127.0.0.1", "address_refused"],
  ["127.1.2.3", "address_refused"],
  ["127.1", "invalid_url"],
  ["127.0.1", "invalid_url"],
  ["2130706433", "invalid_url"],
  ["0x7f000001", "invalid_url"],
  ["0x7f.0.0.1", "invalid_url"],
  ["0X7F.1", "invalid_url"],
  ["017700000001", "invalid_url"],
  ["0177.0.0.1", "invalid_url"],
  ["127.0.0.01", "invalid_url"],
  ["0127.0.0.1", "invalid_url"],
  ["127.0.0.1.", "invalid_url"],
  ["127.0.0.1..", "invalid_url"],
  ["0", "invalid_url"],
  ["0.0.0.0", "address_refused"],
  ["0.0.0.1", "address_refused"],
  ["localhost", "address_refused"],
  ["LOCALHOST", "address_refused"],
  ["localhost.", "invalid_url"],
  ["sub.localhost", "address_refused"],
  ["%6c%6f%63%61%6c%68%6f%73%74", "invalid_url"],
  ["127%2e0%2e0%2e1", "invalid_url"],
  ["ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "invalid_url"],
  ["１２７.０.０.１", "invalid_url"],
  ["127。0。0。1", "invalid_url"],
  ["bücher.example", "invalid_url"],
  ["[::1]", "address_refused"],
  ["[::]", "address_refused"],
  ["[0:0:0:0:0:0:0:1]", "invalid_url"],
  ["[0000::1]", "invalid_url"],
  ["[::7f00:1]", "address_refused"],
  ["[::127.0.0.1]", "invalid_url"],
  ["[::ffff:127.0.0.1]", "invalid_url"],
  ["[::ffff:7f00:1]", "address_refused"],
  ["[::ffff:0:7f00:1]", "address_refused"],
  ["[64:ff9b::7f00:1]", "address_refused"],
  ["[64:ff9b:1::7f00:1]", "address_refused"],
  ["[2002:7f00:1::]", "address_refused"],
  ["[2001:0:7f00:1::]", "address_refused"],
  ["[2001:0:53aa:64c:0:7f00:80ff:fffe]", "address_refused"],
  ["[2001:db8::1]", "address_refused"],
  ["[3fff::1]", "address_refused"],
  ["[5f00::1]", "address_refused"],
  ["[fe80::1]", "address_refused"],
  ["[fe80::1%25lo]", "invalid_url"],
  ["[::1%25lo]", "invalid_url"],
  ["[fc00::1]", "address_refused"],
  ["[fd00:ec2::254]", "address_refused"],
  ["[fec0::1]", "address_refused"],
  ["[ff02::1]", "address_refused"],
  ["[100::1]", "address_refused"],
  ["10.0.0.1", "address_refused"],
  ["172.16.0.1", "address_refused"],
  ["172.31.255.255", "address_refused"],
  ["192.168.0.1", "address_refused"],
  ["100.64.0.1", "address_refused"],
  ["100.100.100.200", "address_refused"],
  ["169.254.169.254", "address_refused"],
  ["2852039166", "invalid_url"],
  ["192.0.0.192", "address_refused"],
  ["192.0.2.1", "address_refused"],
  ["198.18.0.1", "address_refused"],
  ["198.51.100.1", "address_refused"],
  ["203.0.113.1", "address_refused"],
  ["224.0.0.1", "address_refused"],
  ["240.0.0.1", "address_refused"],
  ["255.255.255.255", "address_refused"],
  ["168.63.129.16", "address_refused"],
  ["inside.example", "address_refused"],
  ["INSIDE.example", "address_refused"],
  ["inside6.example", "address_refused"],
  ["mixed.example", "address_refused"],
  ["mapped.example", "address_refused"],
  ["nat64.example", "address_refused"],
  ["metadata.example", "address_refused"],
  ["private.example", "address_refused"],
  ["wireserver.example", "address_refused"],
  ["nothing.example", "address_refused"],
  ["unknown.example", "dns_failed"],
  ["0177.1", "invalid_url"],
  ["0x7f.0x0.0x0.0x1", "invalid_url"],
  ["127.0.0.1%00", "invalid_url"],
  ["127.0.0.1%09", "invalid_url"],
  ["[::ffff:169.254.169.254]", "invalid_url"],
  ["[::ffff:a9fe:a9fe]", "address_refused"],
  ["[64:ff9b::a9fe:a9fe]", "address_refused"],
  ["[::a9fe:a9fe]", "address_refused"],
  ["[2002:a9fe:a9fe::1]", "address_refused"],
  ["[fe80::a9fe:a9fe]", "address_refused"],
  ["0251.0376.0251.0376", "invalid_url"],
  ["0xa9fea9fe", "invalid_url"],
  ["169.254.43518", "invalid_url"],
  ["①⑥⑨.②⑤④.①⑥⑨.②⑤④", "invalid_url"],
  ["127.0.0.1\u3002", "invalid_url"],
  ["127\u00ad.0.0.1", "invalid_url"],
  ["-bad.example", "invalid_url"],
  ["under_score.example", "invalid_url"],
  ["a..example", "invalid_url"],
];

/** Whole URLs; PORT stands for the canary's. */
const URLS: readonly (readonly [string, FetchReason])[] = [
  ["https://public.example@127.0.0.1:PORT/", "invalid_url"],
  ["https://public.example:443@127.0.0.1:PORT/", "invalid_url"],
  ["https://public.example%40127.0.0.1:PORT/", "invalid_url"],
  ["https://127.0.0.1:PORT#@public.example/", "invalid_url"],
  ["https://127.0.0.1:PORT\\@public.example/", "invalid_url"],
  ["https:\\\\127.0.0.1:PORT\\", "invalid_url"],
  ["https:/127.0.0.1:PORT/", "invalid_url"],
  ["https:127.0.0.1:PORT/", "invalid_url"],
  ["//127.0.0.1:PORT/", "invalid_url"],
  [" https://127.0.0.1:PORT/", "invalid_url"],
  ["https://127.0.0.1:PORT/\n", "invalid_url"],
  ["ht\ttps://127.0.0.1:PORT/", "invalid_url"],
  ["https://127.0.0.1\t:PORT/", "invalid_url"],
  ["https://127.0.0.1:0PORT/", "invalid_url"],
  ["https://127.0.0.1:99999/", "invalid_url"],
  ["HTTPS://127.0.0.1:PORT/", "scheme_refused"],
  ["ftp://127.0.0.1:PORT/", "scheme_refused"],
  ["file:///etc/passwd", "scheme_refused"],
  ["gopher://127.0.0.1:PORT/_x", "scheme_refused"],
  ["data:application/json,{}", "scheme_refused"],
  ["unix:/var/run/docker.sock", "scheme_refused"],
  ["http+unix://%2Fvar%2Frun%2Fdocker.sock/", "scheme_refused"],
  ["https://", "invalid_url"],
  ["", "invalid_url"],
  [`https://127.0.0.1:PORT/${"a".repeat(3_000)}`, "invalid_url"],
];

const cases = [...HOSTS.flatMap(([host, reason]) => ["https", "http"].map((scheme) => [`${scheme}://${host}:PORT/x`, reason] as const)), ...URLS];

describe("addresses that tenants give", () => {
  it.each(cases)("%j is refused when saved and when called: %s", async (template, reason) => {
    const url = template.replace("PORT", String(canary.port));
    expect(await http.checkUrl(url)).toMatchObject({ ok: false, reason });
    expect(await http.getJson(url, { timeoutMs: 2_000 })).toMatchObject({ ok: false, reason });
    expect(await http.postForm(url, new URLSearchParams({ token: "t" }), { timeoutMs: 2_000 })).toMatchObject({ ok: false, reason });
  });

  it("and the canary has seen nothing", () => {
    expect(cases.length).toBeGreaterThan(150);
    expect(canary.connections).toBe(0);
  });

  it.each([
    "https://id.example.com",
    "https://93.184.216.34/jwks",
    "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/a?b=c%20d",
    "https://xn--bcher-kva.example/",
  ])("%s is a plain public address", async (url) => {
    const open = createIdpHttp({ allowedRanges: () => [], lookup: async () => [{ address: "93.184.216.34", family: 4 }] });
    expect(await open.checkUrl(url)).toMatchObject({ ok: true });
    await open.close();
  });
});
