import { randomBytes } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { PeerCertificate, TLSSocket, TlsOptions } from "node:tls";
import type { SecretsSection } from "@sallyport/snapshot";
import { issueCertificate, type TestCertificate } from "@sallyport/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

/** An authority that nobody knows unless it is named. */
function authority(commonName: string) {
  const own = issueCertificate({ commonName, ca: true, keyUsage: ["keyCertSign"] });
  return {
    cert: own.cert,
    issue: (request: { hosts: readonly [string, ...string[]]; notBefore?: number; notAfter?: number }) =>
      issueCertificate({ commonName: request.hosts[0], issuer: own, ...request }),
  };
}
const ours = authority("Our authority");
const theirs = authority("Another authority");
const SERVER = "payouts.internal";
const good = ours.issue({ hosts: [SERVER, "localhost"] });

interface Seen {
  /** SNI (RFC 6066 §3). */
  readonly serverName: string | false | null;
  readonly version: string | null;
  readonly client: string | undefined;
}

describe("TLS to an upstream", () => {
  let plane: TestControlPlane;
  let node: RunningGateway;
  let dataDir: string;
  const seen: Seen[] = [];
  const open: { close(): void; hangUp(): void }[] = [];

  /** A TLS server on loopback that answers who called. */
  async function serve(certificate: TestCertificate, options: TlsOptions = {}): Promise<string> {
    const server = createServer({ ...certificate, ...options }, (request, response) => {
      const socket = request.socket as TLSSocket;
      const peer: Partial<PeerCertificate> = socket.getPeerCertificate();
      const name = peer.subject?.CN;
      seen.push({ serverName: socket.servername, version: socket.getProtocol(), client: Array.isArray(name) ? name[0] : name });
      response.end("ok");
    });
    server.on("tlsClientError", () => undefined);
    open.push({
      hangUp: () => server.closeAllConnections(),
      close() {
        server.close();
        server.closeAllConnections();
      },
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  const publish = (spec: Record<string, unknown>, secrets?: SecretsSection) =>
    plane.publish([
      fleetOf(),
      tenantOf({
        slug: "acme",
        upstream: "http://127.0.0.1:9",
        rest: { upstreams: { main: spec }, secrets: { nodes: { type: "client_certificate" } } },
      }),
      ...(secrets === undefined ? [] : [secrets]),
    ]);
  const applied = (revision: number) =>
    eventually(`revision ${revision} is applied`, () => plane.reports.some((report) => report.outcome === "ack" && report.revision === revision));
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/open`);
    const text = await response.text();
    return response.status === 200 ? text : `${response.status} ${(JSON.parse(text) as { code: string }).code}`;
  };
  const problem = (part: string) =>
    eventually(`the problem "${part}" is told`, () => plane.beats.at(-1)?.problems.some((sentence) => sentence.includes(part)));
  const start = async (spec: Record<string, unknown>, secrets?: SecretsSection): Promise<void> => {
    await publish(spec, secrets);
    node = await startGateway(plane, { dataDir });
    await ready(node);
  };

  beforeEach(async () => {
    seen.length = 0;
    [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder()]);
  });
  afterEach(async () => {
    await node.close();
    await plane.down();
    for (const server of open.splice(0)) server.close();
    await removeFolder(dataDir);
  });

  it("trusts the authorities that are named, and asks for the name that is", async () => {
    await start({ url: await serve(good), tls: { ca: `# ours\n${ours.cert}`, serverName: SERVER } });
    expect(await ask()).toBe("ok");
    expect(seen).toEqual([{ serverName: SERVER, version: "TLSv1.3", client: undefined }]);
  });

  it.each([
    ["an authority that nobody named", good, undefined, "UNABLE_TO"],
    ["another authority than the one that is named", theirs.issue({ hosts: ["localhost"] }), { ca: ours.cert }, "UNABLE_TO"],
    ["another name", ours.issue({ hosts: ["another.internal"] }), { ca: ours.cert }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    [
      "the host's name, where another is expected",
      ours.issue({ hosts: ["localhost"] }),
      { ca: ours.cert, serverName: SERVER },
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    ["an end in the past", ours.issue({ hosts: ["localhost"], notAfter: Date.now() - 60_000 }), { ca: ours.cert }, "CERT_HAS_EXPIRED"],
    ["a beginning in the future", ours.issue({ hosts: ["localhost"], notBefore: Date.now() + 3_600_000 }), { ca: ours.cert }, "CERT_NOT_YET_VALID"],
  ] as const)("answers 502 to a certificate with %s, says why, and lets not a byte through", async (_name, certificate, tls, reason) => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      await start({ url: await serve(certificate), ...(tls === undefined ? {} : { tls }), passiveHealth: { failures: 1 } });
      expect(await ask()).toBe("502 upstream_tls_failed");
      expect(seen).toEqual([]);
      await problem(reason);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it("speaks no older version than the one that is set", async () => {
    await start({ url: await serve(good, { maxVersion: "TLSv1.2" }), tls: { ca: ours.cert, minVersion: "1.3" } });
    expect(await ask()).toBe("502 upstream_tls_failed");
    await publish({ url: await serve(good, { maxVersion: "TLSv1.2" }), tls: { ca: ours.cert } });
    await applied(2);
    expect(await ask()).toBe("ok");
    expect(seen.map(({ version }) => version)).toEqual(["TLSv1.2"]);
  });

  it("shows the client certificate that is set, the next one on new connections, and none of another authority", async () => {
    const contentKey = randomBytes(32);
    const value = ({ cert, key }: TestCertificate) => plane.sealing.section(contentKey, { "acme/nodes": `${cert}${key}` });
    const mutual = { requestCert: true, rejectUnauthorized: true, ca: ours.cert };
    const spec = { url: await serve(good, mutual), tls: { ca: ours.cert, clientCertificate: "nodes" } };
    await start(spec, value(ours.issue({ hosts: ["node-one"] })));
    expect(await ask()).toBe("ok");
    await publish(spec, value(ours.issue({ hosts: ["node-two"] })));
    await applied(2);
    // A connection that is there was opened with the first one, and goes on.
    expect(await ask()).toBe("ok");
    for (const server of open) server.hangUp();
    expect(await ask()).toBe("ok");
    expect(seen.map(({ client }) => client)).toEqual(["node-one", "node-one", "node-two"]);
    await publish({ ...spec, maxConnections: 8 }, value(theirs.issue({ hosts: ["node-three"] })));
    await applied(3);
    // TLS 1.3 (RFC 8446 §4.4.2.4): the server refuses when the handshake is over, and this one without a word.
    expect(await ask()).toMatch(/^502 /);
    expect(seen.map(({ client }) => client)).not.toContain("node-three");
  });

  it("calls nobody without the client certificate that it should show", async () => {
    await start({ url: await serve(good), tls: { ca: ours.cert, clientCertificate: "nodes" }, passiveHealth: { failures: 1 } });
    expect(await ask()).toBe("502 upstream_tls_failed");
    expect(seen).toEqual([]);
    await problem("the secret nodes has no value at this node");
    await publish(
      { url: await serve(good), tls: { ca: ours.cert, clientCertificate: "nodes" } },
      plane.sealing.section(randomBytes(32), { "acme/nodes": "no PEM at all" }),
    );
    await applied(2);
    expect(await ask()).toBe("502 upstream_tls_failed");
    expect(seen).toEqual([]);
  });

  it("goes to another target when the first one cannot prove who it is", async () => {
    const [trusted, stranger] = await Promise.all([serve(good), serve(theirs.issue({ hosts: ["localhost"] }))]);
    await start({ targets: [{ url: stranger }, { url: trusted }], tls: { ca: ours.cert } });
    for (let count = 0; count < 6; count += 1) expect(await ask()).toBe("ok");
    expect(plane.beats.length).toBeGreaterThan(0);
  });

  it("checks health over the same TLS", async () => {
    await start({ url: await serve(good), tls: { ca: theirs.cert }, activeHealth: { path: "/", intervalSeconds: 1, unhealthyAfter: 1 } });
    await eventually("the target is down", () =>
      plane.beats.at(-1)?.upstreams?.some(({ state, lastError }) => state === "down" && lastError?.includes("UNABLE_TO")),
    );
    expect(seen).toEqual([]);
  });
});
