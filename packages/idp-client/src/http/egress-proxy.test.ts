import { rootCertificates } from "node:tls";
import {
  type ConnectProxy,
  createTestCertificate,
  listen,
  listenWithTls,
  type RunningServer,
  scriptedResolver,
  startConnectProxy,
} from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EgressProxy, parseProxyUrl } from "./egress-proxy.js";
import { createIdpHttp, type IdpHttp, type IdpHttpOptions } from "./idp-http.js";

const PUBLIC = "93.184.216.34";
const NAME = "id.acme.example";
const closing: (() => Promise<unknown>)[] = [];
const own = <T extends { close(): Promise<unknown> }>(each: T): T => {
  closing.push(() => each.close());
  return each;
};
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function proxyAt(url: string): EgressProxy {
  const parsed = parseProxyUrl(url);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.proxy;
}

describe("calls by way of an egress proxy", () => {
  const certificate = createTestCertificate({ hosts: [NAME] });
  let idp: RunningServer;
  let canary: RunningServer;
  let proxy: ConnectProxy;
  let seen: string[];
  let touched: number;
  beforeEach(async () => {
    seen = [];
    touched = 0;
    idp = own(
      await listenWithTls((request, response) => {
        seen.push(`${request.headers.host} ${(request.socket as { servername?: string }).servername}`);
        response.end('{"it":"came"}');
      }, certificate),
    );
    canary = own(await listen((_request, response) => response.end("{}")));
    canary.server.on("connection", () => {
      touched += 1;
    });
    proxy = own(
      await startConnectProxy({ routes: { [`${PUBLIC}:443`]: idp.port, "169.254.169.254:443": canary.port, "[2606:2800::1]:443": idp.port } }),
    );
  });
  const client = (more: Partial<IdpHttpOptions> = {}): IdpHttp =>
    own(
      createIdpHttp({
        allowedRanges: () => [],
        lookup: scriptedResolver({ [NAME]: [[PUBLIC]] }),
        certificates: () => ({ authorities: certificate.cert, trustPublic: false }),
        proxy: proxyAt(proxy.url),
        ...more,
      }),
    );

  it("go to the address that was judged, and speak TLS with the identity provider under its own name", async () => {
    const answer = await client().getJson(`https://${NAME}/jwks`);
    expect(answer).toMatchObject({ ok: true, json: { it: "came" }, connection: { address: PUBLIC } });
    expect(proxy.asked).toEqual([`${PUBLIC}:443`]);
    expect(seen).toEqual([`${NAME} ${NAME}`]);
    expect(proxy.others).toBe(0);
  });

  it("keep their tunnel for the next call", async () => {
    const http = client();
    for (let count = 0; count < 6; count += 1) expect(await http.getJson(`https://${NAME}/jwks`)).toMatchObject({ ok: true });
    // undici may open a second connection before it knows that the first is free again.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
  });

  it("are refused for an address inside before the proxy hears of it, also when the name was public a moment ago", async () => {
    const lookup = scriptedResolver({ [NAME]: [[PUBLIC], ["169.254.169.254"]] });
    const http = client({ lookup });
    expect(await http.checkUrl(`https://${NAME}/jwks`)).toMatchObject({ ok: true });
    expect(await http.getJson(`https://${NAME}/jwks`)).toMatchObject({ ok: false, reason: "address_refused" });
    for (const host of ["169.254.169.254", "127.0.0.1", "[::1]", "[::ffff:7f00:1]"])
      expect(await http.getJson(`https://${host}/`)).toMatchObject({ ok: false, reason: "address_refused" });
    expect(proxy.asked).toEqual([]);
    expect(touched).toBe(0);
  });

  it("try the next address when the proxy does not reach the first", async () => {
    const http = client({ lookup: scriptedResolver({ [NAME]: [["93.184.216.35", "2606:2800::1"]] }) });
    expect(await http.getJson(`https://${NAME}/jwks`)).toMatchObject({ ok: true, connection: { address: "2606:2800::1" } });
    expect(proxy.asked).toEqual(["93.184.216.35:443", "[2606:2800::1]:443"]);
  });

  it("never leave any other way: a proxy that is away, refuses or says nothing is a failed call, with what is wrong", async () => {
    const direct = idp.port;
    const gone = own(await startConnectProxy({ routes: {} }));
    await gone.close();
    expect(await client({ proxy: proxyAt(gone.url) }).getJson(`https://${NAME}/`)).toMatchObject({
      ok: false,
      reason: "connect_failed",
      detail: expect.stringContaining("egress proxy"),
    });
    const silent = own(await listen(() => undefined));
    silent.server.on("connect", () => undefined);
    expect(await client({ proxy: proxyAt(silent.url) }).getJson(`https://${NAME}/`, { timeoutMs: 300 })).toMatchObject({
      ok: false,
      reason: "timeout",
    });
    const locked = own(
      await startConnectProxy({ routes: { [`${PUBLIC}:443`]: direct }, authorization: `Basic ${Buffer.from("node:pa ss").toString("base64")}` }),
    );
    expect(await client({ proxy: proxyAt(locked.url) }).getJson(`https://${NAME}/`)).toMatchObject({
      reason: "connect_failed",
      detail: expect.stringContaining("407"),
    });
    const withPassword = locked.url.replace("http://", "http://node:pa%20ss@");
    expect(await client({ proxy: proxyAt(withPassword) }).getJson(`https://${NAME}/`)).toMatchObject({ ok: true });
    expect(seen).toHaveLength(1);
  });

  it("reach plain http inside the operator's ranges in a tunnel too", async () => {
    const plain = own(await listen((_request, response) => response.end('{"plain":true}')));
    const inside = own(await startConnectProxy({ routes: { "10.1.2.3:8080": plain.port } }));
    const http = client({ allowedRanges: () => ["10.0.0.0/8"], proxy: proxyAt(inside.url) });
    expect(await http.getJson("http://10.1.2.3:8080/jwks")).toMatchObject({ ok: true, json: { plain: true } });
    expect(inside.asked).toEqual(["10.1.2.3:8080"]);
  });
});

describe("authorities of the operator's own", () => {
  const DAY = { lookup: async () => [{ address: "127.0.0.1", family: 4 as const }], allowedRanges: () => ["127.0.0.0/8"] };

  it("take hold at once, both when they come and when they go", async () => {
    const certificate = createTestCertificate({ hosts: ["localhost"] });
    const idp = own(await listenWithTls((_request, response) => response.end("{}"), certificate));
    let certificates = { authorities: "", trustPublic: true };
    const http = own(createIdpHttp({ ...DAY, certificates: () => certificates }));
    const call = () => http.getJson(`${idp.url}/`);
    expect(await call()).toMatchObject({ ok: false, reason: "tls_failed" });
    certificates = { authorities: `${rootCertificates[0]}\n${certificate.cert}`, trustPublic: true };
    expect(await call()).toMatchObject({ ok: true });
    certificates = { authorities: certificate.cert, trustPublic: false };
    expect(await call()).toMatchObject({ ok: true });
    certificates = { authorities: "", trustPublic: true };
    expect(await call()).toMatchObject({ ok: false, reason: "tls_failed" });
  });

  it("that cannot be read make every call fail, and none go unverified", async () => {
    const certificate = createTestCertificate({ hosts: ["localhost"] });
    const idp = own(await listenWithTls((_request, response) => response.end("{}"), certificate));
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    const http = own(createIdpHttp({ ...DAY, certificates: () => ({ authorities: broken, trustPublic: true }) }));
    expect(await http.getJson(`${idp.url}/`)).toMatchObject({ ok: false, reason: "tls_failed" });
  });
});

describe("a proxy's address", () => {
  it("is read with its password, and a fault never repeats it", () => {
    expect(parseProxyUrl("http://u:p%40ss@proxy.example:3128")).toEqual({
      ok: true,
      proxy: { host: "proxy.example", port: 3_128, secure: false, authorization: `Basic ${Buffer.from("u:p@ss").toString("base64")}` },
    });
    expect(parseProxyUrl("https://[2001:db8::1]")).toMatchObject({
      ok: true,
      proxy: { host: "2001:db8::1", port: 443, secure: true, authorization: null },
    });
    for (const text of [
      "socks5://u:secret@proxy:1080",
      "proxy:secret",
      "http://u:secret@proxy/path",
      "http://u:secret@proxy?x",
      "http://u:secret%@proxy",
    ]) {
      const result = parseProxyUrl(text);
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain("secret");
    }
  });
});
