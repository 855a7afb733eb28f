import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EchoAnswer, issueCertificate, type RunningProgram, runSystemProgram, type TestCertificate } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { eventually } from "../testing/gateway.js";

const NAME = "api.example.test";
const authority = (commonName: string): TestCertificate => issueCertificate({ commonName, ca: true, keyUsage: ["keyCertSign"] });
const server = issueCertificate({ commonName: NAME, hosts: [NAME] });
const root = authority("Acme Root");
const clientOf = (issuer: TestCertificate): TestCertificate =>
  issueCertificate({ issuer, uris: ["spiffe://acme.example/payments"], extendedKeyUsage: ["clientAuth"], keyUsage: ["digitalSignature"] });
const good = clientOf(root);

const routes = {
  open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
  main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required", authenticators: ["client_certificate"] } },
};

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const shipped = (file: string): Promise<string> => readFile(new URL(`../../../../deploy/${file}`, import.meta.url), "utf8");

/** Proxies that end TLS and hand certificates on, each by the file that we ship for it. */
const TERMINATORS = {
  async nginx(folder: string, port: number, nodePort: number): Promise<RunningProgram> {
    const text = (await shipped("nginx/client-certificates.conf")).replace(/8083/g, String(nodePort)).replace(/8003/g, String(port));
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
    await writeFile(join(folder, "certificates.conf"), text);
    const main = `daemon off; pid ${folder}/nginx.pid; error_log stderr warn; events {} http { access_log off; ${temporary} include ${folder}/certificates.conf; }`;
    await writeFile(join(folder, "nginx.conf"), main);
    return runSystemProgram("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")]);
  },
  async haproxy(folder: string, port: number, nodePort: number, adminPort: number): Promise<RunningProgram> {
    await writeFile(join(folder, "both.pem"), server.cert + server.key);
    await writeFile(join(folder, "anybody.pem"), root.cert);
    const tls = `ssl crt ${folder}/both.pem verify optional ca-file ${folder}/anybody.pem ca-ignore-err all crt-ignore-err all`;
    const text = (await shipped("haproxy/haproxy.cfg"))
      .replace("bind 127.0.0.1:8002", `bind 127.0.0.1:${port} ${tls}`)
      .replace(/808[12]/g, String(nodePort))
      .replace(/908[12]/g, String(adminPort));
    await writeFile(join(folder, "haproxy.cfg"), text);
    return runSystemProgram("haproxy", ["-f", join(folder, "haproxy.cfg"), "-db"]);
  },
};

describe.each([
  ["nginx", { name: "X-Client-Cert", format: "url_encoded_pem" }],
  ["haproxy", {}],
] as const)("%s ends TLS and hands the client's certificate on", (terminator, clientCertificateHeader) => {
  let data: DataPlane;
  let folder: string;
  let program: RunningProgram;
  let port = 0;

  const get = (
    client: TestCertificate | null,
    more: { path?: string; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const shown = client === null ? {} : { cert: client.cert, key: client.key };
      const where = { host: "127.0.0.1", port, servername: NAME, ca: server.cert, agent: false as const };
      const path = more.path ?? "/tenants/acme/x";
      const request = httpsRequest({ ...where, ...shown, path, headers: { host: NAME, ...more.headers } }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.on("error", reject);
      request.end();
    });
  const upstreamFields = ({ body }: { readonly body: string }): readonly string[] => (JSON.parse(body) as EchoAnswer).headers;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sallyport-terminator-"));
    await writeFile(join(folder, "server.crt"), server.cert);
    await writeFile(join(folder, "server.key"), server.key);
    data = await startDataPlane({
      fleet: { trustedProxies: ["127.0.0.0/8"], clientCertificateHeader },
      tenant: { routes, rest: { clientCertificates: { authorities: root.cert } } },
    });
    port = await freePort();
    program = await TERMINATORS[terminator](folder, port, data.node.dataPort, data.node.adminPort);
    await eventually(
      `it serves: ${program.output()}`,
      async () => (await get(null, { path: "/tenants/acme/open/x" }).catch(() => null))?.status === 200,
    );
  });
  afterAll(async () => {
    await program?.stop();
    await data?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("the node knows the client by it, and the upstream gets the identity alone", async () => {
    const answer = await get(good);
    expect(answer.status, answer.body).toBe(200);
    const fields = upstreamFields(answer);
    expect(fields).toContain("spiffe://acme.example/payments");
    expect(fields.join("\n")).not.toMatch(/client-cert/i);
  });

  it("a client without one, and one of another authority, are refused by the node", async () => {
    expect(JSON.parse((await get(null)).body)).toMatchObject({ code: "missing_client_certificate" });
    expect(JSON.parse((await get(clientOf(authority("Stranger")))).body)).toMatchObject({ code: "invalid_client_certificate" });
  });

  it("what a client writes under the header's name, or one that folds to it, is not believed", async () => {
    const base64 = `:${new X509Certificate(good.cert).raw.toString("base64")}:`;
    const value = terminator === "nginx" ? encodeURIComponent(good.cert) : base64;
    const name = terminator === "nginx" ? "x-client-cert" : "client-cert";
    for (const spelling of [name, name.toUpperCase(), name.replaceAll("-", "_"), `${name}-chain`]) {
      const forged = { headers: { [spelling]: value } };
      expect(JSON.parse((await get(null, forged)).body)).toMatchObject({ status: 401, code: "missing_client_certificate" });
      expect((await get(null, { path: "/tenants/acme/open/x", ...forged })).body).not.toMatch(/client.cert/i);
    }
  });
});
