import { createHash, X509Certificate } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { connect } from "node:tls";
import { type EchoAnswer, issueCertificate, type TestCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateFolder } from "../testing/certificate-files.js";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually, removeFolder } from "../testing/gateway.js";
import { ask, connectHttp2 } from "../testing/http2-client.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

const DAY = 86_400_000;
const NAME = "api.example.test";
const authority = (commonName: string): TestCertificate =>
  issueCertificate({ commonName, ca: true, keyUsage: ["keyCertSign"], notAfter: Date.now() + 30 * DAY });
const server = issueCertificate({ commonName: NAME, hosts: [NAME], notAfter: Date.now() + 30 * DAY });
const root = authority("Acme Root");
const otherRoot = authority("Globex Root");
const issuing = issueCertificate({ commonName: "Acme Issuing", issuer: root, ca: { pathLength: 0 }, keyUsage: ["keyCertSign"] });
const clientOf = (issuer: TestCertificate, more: { notAfter?: number } = {}): TestCertificate =>
  issueCertificate({ issuer, uris: ["spiffe://acme.example/payments"], extendedKeyUsage: ["clientAuth"], keyUsage: ["digitalSignature"], ...more });
const good = clientOf(root);
const item = ({ cert }: TestCertificate): string => `:${new X509Certificate(cert).raw.toString("base64")}:`;

const MAIN = "/tenants/acme/x";
const routes = {
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required", authenticators: ["client_certificate"] } },
};
const trusting = (certificate: TestCertificate) => ({ clientCertificates: { authorities: certificate.cert } });

interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly body: string;
}

describe("client certificates at the node's own TLS", () => {
  let data: DataPlane;
  let folder: string;
  let now = Date.now();

  beforeAll(async () => {
    folder = await certificateFolder({ main: server });
    data = await startDataPlane({
      tls: { certificateFolder: folder, requestClientCertificate: true },
      now: () => now,
      tenant: { routes, rest: trusting(root) },
    });
  });
  afterAll(async () => {
    await data.close();
    await removeFolder(folder);
  });

  const port = (): number => data.node.tlsPort ?? 0;
  const publish = async (settings: Record<string, unknown>, acme: Record<string, unknown> = trusting(root)): Promise<void> => {
    const sketch = { upstream: data.upstream.url, routes };
    const tenants = [tenantOf({ slug: "acme", ...sketch, rest: acme }), tenantOf({ slug: "globex", ...sketch, rest: trusting(otherRoot) })];
    const { revision } = await data.plane.publish([fleetOf(settings), ...tenants]);
    await eventually("the node runs it", () => data.plane.beats.at(-1)?.revision === revision);
  };
  const get = (client: TestCertificate | null, more: { chain?: string; headers?: Record<string, string>; path?: string } = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const shown = client === null ? {} : { cert: client.cert + (more.chain ?? ""), key: client.key };
      const where = { host: "127.0.0.1", port: port(), servername: NAME, ca: server.cert, agent: false as const };
      const request = httpsRequest({ ...where, ...shown, path: more.path ?? MAIN, headers: { host: NAME, ...more.headers } }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, challenge: response.headers["www-authenticate"], body }));
      });
      request.on("error", reject);
      request.end();
    });
  const userOf = ({ body }: { readonly body: string }): string | undefined => {
    const { headers } = JSON.parse(body) as EchoAnswer;
    return headers[headers.findIndex((text) => text.toLowerCase() === "x-user-id") + 1];
  };

  it("lets a client pass whose certificate holds, and tells the upstream who it is", async () => {
    const answer = await get(good);
    expect(answer.status).toBe(200);
    expect(userOf(answer)).toBe("spiffe://acme.example/payments");
  });

  it("takes the intermediates that the client sends along, in a connection of either version of HTTP", async () => {
    const below = clientOf(issuing);
    expect((await get(below, { chain: issuing.cert })).status).toBe(200);
    expect(await get(below)).toMatchObject({ status: 401 });
    const session = await connectHttp2(port(), { ca: server.cert, servername: NAME, cert: below.cert + issuing.cert, key: below.key });
    expect(userOf(await ask(session, { ":path": MAIN }))).toBe("spiffe://acme.example/payments");
    session.destroy();
  });

  it("asks for one, and decides nothing in the handshake", async () => {
    const none = await get(null);
    expect(none).toMatchObject({ status: 401, challenge: 'ClientCertificate realm="acme"' });
    expect(JSON.parse(none.body)).toMatchObject({ code: "missing_client_certificate" });
    const bad = await get(clientOf(authority("Stranger")));
    expect(JSON.parse(bad.body)).toMatchObject({ status: 401, code: "invalid_client_certificate" });
    expect((await get(clientOf(authority("Stranger")), { path: "/tenants/acme/open/x" })).status).toBe(200);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("asks for it on every connection, and resumes none (%s)", async (version) => {
    const open = (session?: Buffer): Promise<{ readonly reused: boolean; readonly session: Buffer | undefined }> =>
      new Promise((resolve, reject) => {
        const versions = { minVersion: version, maxVersion: version };
        const where = { host: "127.0.0.1", port: port(), servername: NAME, ca: server.cert, cert: good.cert, key: good.key };
        const socket = connect({ ...where, ...versions, ...(session === undefined ? {} : { session }) });
        let given: Buffer | undefined;
        socket.on("session", (ticket: Buffer) => {
          given = ticket;
        });
        socket.on("error", reject);
        // The answer comes behind the tickets of TLS 1.3.
        socket.once("data", () => {
          resolve({ reused: socket.isSessionReused(), session: given ?? socket.getSession() });
          socket.destroy();
        });
        socket.write(`GET ${MAIN} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
      });
    const first = await open();
    expect((await open(first.session)).reused).toBe(false);
  });

  it("refuses the same connection once the certificate has expired", async () => {
    const short = clientOf(root, { notAfter: Math.floor(now / 1_000) * 1_000 + 60_000 });
    const session = await connectHttp2(port(), { ca: server.cert, servername: NAME, cert: short.cert, key: short.key });
    expect((await ask(session, { ":path": MAIN })).status).toBe(200);
    now += 61_000;
    expect((await ask(session, { ":path": MAIN })).status).toBe(401);
    now -= 61_000;
    session.destroy();
  });

  it("takes hold of connections that exist when the tenant trusts another authority", async () => {
    const session = await connectHttp2(port(), { ca: server.cert, servername: NAME, cert: good.cert, key: good.key });
    expect((await ask(session, { ":path": MAIN })).status).toBe(200);
    await publish({}, trusting(issuing));
    expect((await ask(session, { ":path": MAIN })).status).toBe(401);
    await publish({});
    expect((await ask(session, { ":path": MAIN })).status).toBe(200);
    session.destroy();
  });

  it("tells a certificate of another tenant apart, and reports it", async () => {
    await publish({});
    const answer = await get(clientOf(otherRoot));
    expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: "tenant_mismatch" });
    await eventually("the event is reported", () =>
      [...data.plane.events.values()].find(
        ({ kind, tenant, tokenTenant }) => kind === "cross_tenant_attempt" && tenant === "acme" && tokenTenant === "globex",
      ),
    );
  });

  it("believes a header of trusted proxies only, and never beside a certificate of the connection", async () => {
    const header = { headers: { "client-cert": item(good) } };
    await publish({ clientCertificateHeader: {}, trustedProxies: ["203.0.113.0/24"] });
    expect(JSON.parse((await get(null, header)).body)).toMatchObject({ code: "missing_client_certificate" });
    expect((await get(good, { headers: { "client-cert": item(clientOf(otherRoot)) } })).status).toBe(200);
    await publish({ clientCertificateHeader: {}, trustedProxies: ["127.0.0.0/8"] });
    expect(userOf(await get(null, header))).toBe("spiffe://acme.example/payments");
    expect(JSON.parse((await get(good, header)).body)).toMatchObject({ status: 400, code: "ambiguous_credential" });
    // The connection's certificate is the proxy's own: it says nothing of whom it speaks for.
    expect(JSON.parse((await get(good)).body)).toMatchObject({ code: "missing_client_certificate" });
  });

  describe("tokens that are bound to a certificate (RFC 8705 §3)", () => {
    const thumbprint = createHash("sha256").update(new X509Certificate(good.cert).raw).digest("base64url");
    const tokenRoutes = { main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } } };

    it("pass on connections that show it, and on no other, whatever the node remembers of the token", async () => {
      const tenant = tenantOf({ slug: "acme", upstream: data.upstream.url, issuer: data.jwks.issuer, routes: tokenRoutes });
      const { revision } = await data.plane.publish([fleetOf(), tenant]);
      await eventually("the node runs it", () => data.plane.beats.at(-1)?.revision === revision);
      const token = data.token({ cnf: { "x5t#S256": thumbprint } });
      const bearer = { headers: { authorization: `Bearer ${token}` } };
      const session = await connectHttp2(port(), { ca: server.cert, servername: NAME, cert: good.cert, key: good.key });
      for (let round = 0; round < 2; round++) {
        expect((await get(good, bearer)).status).toBe(200);
        expect((await ask(session, { ":path": MAIN, authorization: `Bearer ${token}` })).status).toBe(200);
        const without = await get(null, bearer);
        expect(without).toMatchObject({ status: 401, challenge: expect.stringContaining('error="invalid_token"') });
        expect((await get(clientOf(root), bearer)).status).toBe(401);
        const plain = await fetch(`http://127.0.0.1:${data.node.dataPort}${MAIN}`, { headers: { ...bearer.headers } });
        expect(plain.status).toBe(401);
        await plain.body?.cancel();
      }
      session.destroy();
    });
  });
});
