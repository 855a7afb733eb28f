import { rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { type EchoAnswer, issueCertificate, type TestCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateFolder, writePair } from "../testing/certificate-files.js";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually, freshFolder, removeFolder, startGateway } from "../testing/gateway.js";

const authority = issueCertificate({ commonName: "Test CA", ca: true, keyUsage: ["keyCertSign"] });
const serverCertificate = (hosts: readonly string[], more: { notAfter?: number; commonName?: string } = {}): TestCertificate =>
  issueCertificate({ issuer: authority, hosts, extendedKeyUsage: ["serverAuth"], ...more });

const OPEN = "/tenants/acme/open/x";
const MAIN = "/tenants/acme/x";

interface Handshake {
  readonly certificate: PeerCertificate;
  readonly protocol: string | null;
  readonly alpn: string | false | null;
}

describe("the node's own TLS", () => {
  let data: DataPlane;
  let folder: string;

  beforeAll(async () => {
    folder = await certificateFolder({
      exact: serverCertificate(["api.example.test"], { commonName: "exact" }),
      wild: serverCertificate(["*.example.test"], { commonName: "wild" }),
      fallback: serverCertificate(["fallback.test"], { commonName: "fallback" }),
    });
    data = await startDataPlane({ tls: { certificateFolder: folder, defaultCertificate: "fallback" } });
  });
  afterAll(async () => {
    await data.close();
    await removeFolder(folder);
  });

  const port = (): number => data.node.tlsPort ?? 0;
  const handshake = (servername: string, more: Record<string, unknown> = {}, at = port()): Promise<Handshake> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: at, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"], ...more }, () => {
        resolve({ certificate: socket.getPeerCertificate(), protocol: socket.getProtocol(), alpn: socket.alpnProtocol });
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const served = async (servername: string): Promise<string> => String((await handshake(servername)).certificate.subject.CN);
  const problems = async (): Promise<string> => {
    const beat = await eventually("a heartbeat", () => data.plane.beats.at(-1));
    return beat.problems.join("\n");
  };
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${data.node.adminPort}/metrics`)).text();
  const get = (path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: port(), servername: "api.example.test", ca: authority.cert, path, agent: false };
      const request = httpsRequest({ ...options, headers: { host: "api.example.test", ...headers } }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.on("error", reject);
      request.end();
    });

  it("serves requests over HTTP/1.1, and tells the upstream that they came over https", async () => {
    const { status, body } = await get(OPEN);
    expect(status).toBe(200);
    const { headers } = JSON.parse(body) as EchoAnswer;
    expect(headers[headers.indexOf("X-Forwarded-Proto") + 1]).toBe("https");
    expect(headers[headers.indexOf("Forwarded") + 1]).toContain("proto=https");
  });

  it("refuses and lets pass as the plain listener does", async () => {
    expect((await get(MAIN)).status).toBe(401);
    expect((await get(MAIN, { authorization: `Bearer ${data.token()}` })).status).toBe(200);
    expect((await get("/tenants/acme/open/../x")).status).toBe(400);
  });

  it.each([
    ["an exact name", "api.example.test", "exact"],
    ["a name in capitals", "API.Example.Test", "exact"],
    ["one label of a wildcard", "other.example.test", "wild"],
    ["two labels where the wildcard takes one", "a.b.example.test", "fallback"],
    ["the wildcard's own domain", "example.test", "fallback"],
    ["a name that no certificate has", "unknown.test", "fallback"],
  ])("picks the certificate by %s", async (_, name, expected) => {
    expect(await served(name)).toBe(expected);
  });

  it("refuses the handshake for a name that no certificate has, where no default one was named", async () => {
    const dataDir = await freshFolder();
    const strict = await startGateway(data.plane, { dataDir, tls: { certificateFolder: folder } });
    try {
      await expect(handshake("unknown.test", {}, strict.tlsPort ?? 0)).rejects.toThrow(/handshake failure|no suitable signature|alert/i);
      await expect(handshake("", {}, strict.tlsPort ?? 0)).rejects.toThrow();
      expect((await handshake("api.example.test", {}, strict.tlsPort ?? 0)).certificate.subject.CN).toBe("exact");
    } finally {
      await strict.close();
      await removeFolder(dataDir);
    }
  });

  it.each([
    ["TLS 1.3", { minVersion: "TLSv1.3" }, "TLSv1.3"],
    ["TLS 1.2", { maxVersion: "TLSv1.2" }, "TLSv1.2"],
  ])("speaks %s", async (_, versions, expected) => {
    expect((await handshake("api.example.test", versions)).protocol).toBe(expected);
  });

  it.each([
    ["TLS 1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }],
    ["a cipher without forward secrecy", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }],
    ["a CBC cipher", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" }],
    ["a protocol that it does not serve", { ALPNProtocols: ["spdy/3"] }],
  ])("does not speak %s", async (_, options) => {
    await expect(handshake("api.example.test", options)).rejects.toThrow();
  });

  it("prefers HTTP/2, and takes a client that names no protocol for one of HTTP/1.1", async () => {
    expect((await handshake("api.example.test", { ALPNProtocols: ["http/1.1", "h2"] })).alpn).toBe("h2");
    expect((await handshake("api.example.test", { ALPNProtocols: undefined })).alpn).toBe(false);
  });

  it("ends a connection that speaks no TLS, and lives", async () => {
    const before = /^sallyport_tls_handshake_failures_total (\d+)/m.exec(await metrics())?.[1];
    await expect(fetch(`http://127.0.0.1:${port()}/`)).rejects.toThrow();
    await eventually("the failure is counted", async () => /^sallyport_tls_handshake_failures_total (\d+)/m.exec(await metrics())?.[1] !== before);
    expect((await get(OPEN)).status).toBe(200);
  });

  it("loads a changed pair while connections stay, for names and for the default", async () => {
    const kept = connect({ host: "127.0.0.1", port: port(), servername: "api.example.test", ca: authority.cert });
    await new Promise((resolve) => kept.once("secureConnect", resolve));
    await writePair(folder, "exact", serverCertificate(["api.example.test"], { commonName: "exact renewed" }));
    await writePair(folder, "fallback", serverCertificate(["fallback.test"], { commonName: "fallback renewed" }));
    await eventually("new handshakes get the new one", async () => (await served("api.example.test")) === "exact renewed");
    await eventually("the default one as well", async () => (await served("unknown.test")) === "fallback renewed");
    const answered = new Promise<string>((resolve) => kept.once("data", (bytes: Buffer) => resolve(bytes.toString())));
    kept.write(`GET ${OPEN} HTTP/1.1\r\nHost: api.example.test\r\n\r\n`);
    expect(await answered).toContain("200 OK");
    kept.destroy();
  });

  it.each([
    [
      "a key of another certificate",
      async () => writeFile(join(folder, "exact.key"), authority.key),
      "exact: the key does not belong to the certificate",
    ],
    ["a certificate that is no PEM", async () => writeFile(join(folder, "exact.crt"), "nonsense"), "exact: the certificate cannot be read as PEM"],
    ["a key that is gone", async () => rm(join(folder, "exact.key")), "exact: of certificate and key one is missing"],
    [
      "a certificate without names",
      async () => writePair(folder, "exact", issueCertificate({ issuer: authority, commonName: "api.example.test" })),
      "exact: the certificate has no DNS name in its subjectAltName",
    ],
    [
      "a certificate that has expired",
      async () => writePair(folder, "exact", serverCertificate(["api.example.test"], { notAfter: Date.now() - 1_000 })),
      "exact: the new certificate has expired",
    ],
  ])("keeps the last good pair and says so: %s", async (_, spoil, sentence) => {
    const good = serverCertificate(["api.example.test"], { commonName: "good", notAfter: Date.now() + 30 * 86_400_000 });
    await writePair(folder, "exact", good);
    await eventually("the good one is served", async () => (await served("api.example.test")) === "good");
    await spoil();
    await eventually("the problem is reported", async () => (await problems()).includes(sentence));
    expect(await served("api.example.test")).toBe("good");
    await writePair(folder, "exact", good);
    await eventually("the problem has gone", async () => !(await problems()).includes(sentence));
  });

  it("warns of a certificate that ends within a week, serves it, and tells when each one ends", async () => {
    const notAfter = Math.floor(Date.now() / 1_000) * 1_000 + 3 * 86_400_000;
    await writePair(folder, "exact", serverCertificate(["api.example.test"], { commonName: "short", notAfter }));
    await eventually("it is served", async () => (await served("api.example.test")) === "short");
    await eventually("it is a problem", async () => (await problems()).includes(`exact: ends on ${new Date(notAfter).toISOString().slice(0, 10)}`));
    expect(await metrics()).toContain(`sallyport_tls_certificate_expiry_timestamp_seconds{certificate="exact"} ${notAfter / 1_000}`);
  });

  it("does not start without a certificate that can be served, and says what is wrong", async () => {
    const empty = await certificateFolder({});
    const dataDir = await freshFolder();
    await expect(startGateway(data.plane, { dataDir, tls: { certificateFolder: empty } })).rejects.toThrow(/SALLYPORT_TLS_CERT_DIR.*no certificate/);
    await expect(startGateway(data.plane, { dataDir, tls: { certificateFolder: folder, defaultCertificate: "nobody" } })).rejects.toThrow(
      /nobody: the default certificate is not in/,
    );
    await Promise.all([removeFolder(empty), removeFolder(dataDir)]);
  });
});
