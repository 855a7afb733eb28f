import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EchoAnswer, type RunningProgram, rawRequest, runSystemProgram } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "../testing/data-plane.js";
import { createDpopClient } from "../testing/dpop-client.js";
import { eventually } from "../testing/gateway.js";

/** The configuration files that we ship, run by the programs that they are for; only addresses are put in. */
const shipped = (file: string): Promise<string> => readFile(new URL(`../../../../deploy/${file}`, import.meta.url), "utf8");

let plane: DataPlane;
let folder: string;
const running: RunningProgram[] = [];
const START = { nginx: startNginx, caddy: startCaddy };
const addresses = { nginx: 0, caddy: 0, haproxy: 0 };

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Puts ports in the place of the shipped ones, each of which must be there. */
function withPorts(text: string, ports: Readonly<Record<number, number>>): string {
  let result = text;
  for (const [from, to] of Object.entries(ports)) {
    const spelling = new RegExp(`(?<![0-9])${from}(?![0-9])`, "g");
    expect(result).toMatch(spelling);
    result = result.replace(spelling, String(to));
  }
  return result;
}

async function listening(program: RunningProgram, port: number): Promise<void> {
  await eventually(
    `${port} answers: ${program.output()}`,
    async () => (await rawRequest({ port, bytes: "GET / HTTP/1.1\r\nHost: x\r\n\r\n" })).status,
  );
}

const upstreamPort = () => Number(new URL(plane.upstream.url).port);

/** @returns the port on which it serves @param authzPort where it asks */
async function startNginx(authzPort: number, name: string): Promise<number> {
  const port = await freePort();
  const own = path.join(folder, name);
  await mkdir(own);
  await writeFile(
    path.join(own, "sallyport.conf"),
    withPorts(await shipped("nginx/sallyport.conf"), { 8090: authzPort, 8070: upstreamPort(), 8000: port }),
  );
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${own}/${kind};`).join(" ");
  const main = `daemon off; pid ${own}/nginx.pid; error_log stderr warn; events {} http { access_log off; ${temporary} include ${own}/sallyport.conf; }`;
  await writeFile(path.join(own, "nginx.conf"), main);
  const program = runSystemProgram("nginx", ["-p", own, "-c", path.join(own, "nginx.conf")]);
  running.push(program);
  await listening(program, port);
  return port;
}

async function startCaddy(authzPort: number, name: string): Promise<number> {
  const port = await freePort();
  const own = path.join(folder, name);
  await mkdir(own);
  await writeFile(path.join(own, "Caddyfile"), withPorts(await shipped("caddy/Caddyfile"), { 8090: authzPort, 8070: upstreamPort(), 8001: port }));
  const home = { HOME: own, XDG_DATA_HOME: own, XDG_CONFIG_HOME: own };
  const program = runSystemProgram("caddy", ["run", "--config", path.join(own, "Caddyfile")], { env: home });
  running.push(program);
  await listening(program, port);
  return port;
}

async function startHaproxy(): Promise<void> {
  addresses.haproxy = await freePort();
  const { dataPort, adminPort } = plane.node;
  const down = await freePort();
  const ports = { 8002: addresses.haproxy, 8081: dataPort, 9081: adminPort, 8082: down, 9082: down };
  await writeFile(path.join(folder, "haproxy.cfg"), withPorts(await shipped("haproxy/haproxy.cfg"), ports));
  const program = runSystemProgram("haproxy", ["-db", "-f", path.join(folder, "haproxy.cfg")]);
  running.push(program);
  await listening(program, addresses.haproxy);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sallyport-proxies-"));
  plane = await startDataPlane({
    authz: true,
    fleet: { trustedProxies: ["127.0.0.1/32"] },
    tenant: {
      routes: {
        open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
        few: { pathPrefix: "/few", upstream: "main", authentication: { mode: "public" } },
        alone: { pathPrefix: "/alone", upstream: "main", degradation: "alone", authentication: { mode: "required" } },
        main: { upstream: "main", authentication: { mode: "required" } },
      },
      rest: {
        degradationPolicies: { alone: { dpopReplay: "PER_NODE" } },
        rateLimitPolicies: { few: { key: ["client_ip"], limit: 1, windowSeconds: 3_600, burst: 1, routes: ["few"] } },
      },
    },
  });
  const authzPort = plane.node.authzPort ?? 0;
  [addresses.nginx, addresses.caddy] = await Promise.all([startNginx(authzPort, "nginx"), startCaddy(authzPort, "caddy"), startHaproxy()]);
});
afterAll(async () => {
  await Promise.all(running.map((program) => program.stop()));
  await plane?.close();
  await rm(folder, { recursive: true, force: true });
});

const call = (port: number, target: string, fields: readonly string[] = []) =>
  rawRequest({
    port,
    bytes: `GET ${target} HTTP/1.1\r\nHost: api.example.test\r\nConnection: close\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`,
  });
const seenBy = (body: string): EchoAnswer => JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)) as EchoAnswer;
const valuesOf = ({ headers }: EchoAnswer, name: string): string[] =>
  headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name).filter((value) => value !== "");
const bearer = () => `Authorization: Bearer ${plane.token({ email: "ada@acme.example" })}`;

describe.each(["nginx", "caddy"] as const)("%s with the configuration that we ship", (name) => {
  const port = () => addresses[name];

  it("lets a good token through, with the identity and without the token", async () => {
    const answer = await call(port(), "/tenants/acme/orders?a=1", [bearer()]);
    expect(answer.status, running.map((program) => program.output()).join("\n")).toBe(200);
    const seen = seenBy(answer.body);
    expect(seen.url).toBe("/tenants/acme/orders?a=1");
    expect(valuesOf(seen, "x-user-id")).toEqual(["user-1"]);
    expect(valuesOf(seen, "x-user-email")).toEqual(["ada@acme.example"]);
    expect(valuesOf(seen, "x-tenant-id")).toEqual(["acme"]);
    expect(valuesOf(seen, "authorization")).toEqual([]);
  });

  it("takes off every identity header that the client wrote, in requests with and without an identity", async () => {
    const forged = ["X-User-Id: root", "X-User-Roles: admin", "X-Org-Id: evil", "X-Session-Id: s", "X-Token-Scopes: all"];
    const signedIn = seenBy((await call(port(), "/tenants/acme/orders", [bearer(), ...forged])).body);
    expect(valuesOf(signedIn, "x-user-id")).toEqual(["user-1"]);
    const anonymous = seenBy((await call(port(), "/tenants/acme/open", forged)).body);
    for (const name of ["x-user-id", "x-user-roles", "x-org-id", "x-session-id", "x-token-scopes"]) {
      expect([name, valuesOf(anonymous, name)]).toEqual([name, []]);
      if (name !== "x-user-id") expect([name, valuesOf(signedIn, name)]).toEqual([name, []]);
    }
  });

  it.each([
    ["no token", "/tenants/acme/orders", [], 401, "missing_token"],
    ["a bad token", "/tenants/acme/orders", ["Authorization: Bearer a.b.c"], 401, "invalid_token"],
    ["an unknown tenant", "/tenants/hooli/orders", [], 404, "tenant_not_found"],
  ] as const)("gives the gateway's own status for %s", async (_, target, fields, status, code) => {
    const answer = await call(port(), target, fields);
    expect([answer.status, seenBy(answer.body)]).toEqual([status, expect.objectContaining({ code })]);
    if (status === 401) expect(answer.headers.get("www-authenticate")?.[0]).toContain("Bearer");
  });

  it("lets a token that is bound to a key through with its proof, once, and hands neither on", async () => {
    const client = await createDpopClient();
    const token = plane.token({ cnf: { jkt: client.jkt } });
    const proof = await client.prove("GET", "http://api.example.test/tenants/acme/alone/x", token);
    const fields = [`Authorization: DPoP ${token}`, `DPoP: ${proof}`];
    const answer = await call(port(), "/tenants/acme/alone/x?a=1", fields);
    expect(answer.status, answer.text).toBe(200);
    const seen = seenBy(answer.body);
    expect([valuesOf(seen, "x-user-id"), valuesOf(seen, "authorization"), valuesOf(seen, "dpop")]).toEqual([["user-1"], [], []]);
    const again = await call(port(), "/tenants/acme/alone/x?a=1", fields);
    expect([again.status, seenBy(again.body)]).toEqual([401, expect.objectContaining({ code: "invalid_dpop_proof" })]);
    expect(again.headers.get("www-authenticate")?.[0]).toContain('DPoP realm="acme", error="invalid_dpop_proof"');
  });

  it("does not let the client describe another request", async () => {
    const answer = await call(port(), "/tenants/acme/orders", ["X-Forwarded-Uri: /tenants/acme/open", "X-Forwarded-Method: OPTIONS"]);
    expect(answer.status).toBe(401);
  });

  it("lets nothing pass while the node is away", async () => {
    const port = await START[name](await freePort(), `${name}-alone`);
    const before = plane.upstream.requestCount();
    for (const fields of [[], [bearer()]]) {
      const answer = await call(port, "/tenants/acme/open", fields);
      expect([answer.status, seenBy(answer.body)]).toEqual([503, expect.objectContaining({ code: "not_ready" })]);
    }
    expect(plane.upstream.requestCount()).toBe(before);
  });
});

describe("haproxy with the configuration that we ship", () => {
  it("sends requests to the node that is ready, and tells it where they come from, whatever the client says", async () => {
    const forged = ["X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Forwarded-Proto: https"];
    for (let count = 0; count < 10; count++) {
      const answer = await call(addresses.haproxy, "/tenants/acme/orders", [bearer(), ...forged]);
      expect(answer.status).toBe(200);
      const seen = seenBy(answer.body);
      expect(valuesOf(seen, "x-forwarded-for").join()).not.toContain("203.0.113.9");
      expect(valuesOf(seen, "x-forwarded-proto")).toEqual(["http"]);
    }
    // By address: the second of one client is over, whoever it says it is.
    expect((await call(addresses.haproxy, "/tenants/acme/few", ["X-Forwarded-For: 203.0.113.1"])).status).toBe(200);
    expect((await call(addresses.haproxy, "/tenants/acme/few", ["X-Forwarded-For: 203.0.113.2"])).status).toBe(429);
  });
});
