import {
  type EchoAnswer,
  type EchoUpstream,
  issueCertificate,
  type OidcProvider,
  type PostgresServer,
  rawRequest,
  startEchoUpstream,
  startOidcProvider,
  startPostgresServer,
} from "@sallyport/testkit";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateFolder } from "../testing/certificate-files.js";
import { TestControlPlane } from "../testing/control-plane.js";
import { createDpopClient, type DpopClient } from "../testing/dpop-client.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { ask, connectHttp2 } from "../testing/http2-client.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

const HOST = "acme.api.example.test";
const API = "https://api.example.test";
const OPAQUE = "https://opaque.example.test";
const server = issueCertificate({ commonName: HOST, hosts: [HOST], notAfter: Date.now() + 86_400_000 });

let provider: OidcProvider;
let upstream: EchoUpstream;
let state: PostgresServer;
let plane: TestControlPlane;
let node: RunningGateway;
let client: DpopClient;
let folders: readonly string[];

const basic = { method: "client_secret_basic", clientId: "gateway", secret: "introspection" };
const route = (name: string, more: Record<string, unknown> = {}) => ({
  upstream: "main",
  authentication: { mode: "required", identityProviders: [name] },
  ...more,
});
const acme = () =>
  tenantOf({
    slug: "acme",
    upstream: upstream.url,
    rest: {
      secrets: { introspection: {} },
      identityProviders: {
        main: { issuer: provider.issuer, audiences: [API], dpop: { required: true } },
        asked: { issuer: provider.issuer, audiences: [OPAQUE], introspection: { client: basic, timeoutMs: 2_000 } },
      },
      propagationPolicies: { through: { strategy: "pass_through" } },
    },
    routes: {
      main: route("main", { pathPrefix: "/", cors: { origins: ["https://app.example"] } }),
      through: route("main", { pathPrefix: "/through", propagation: "through" }),
      asked: route("asked", { pathPrefix: "/asked" }),
      apart: route("main", { pathPrefix: "/apart", cors: { origins: ["https://app.example"], requestHeaders: ["authorization", "dpop"] } }),
    },
  });

beforeAll(async () => {
  const startProvider = () =>
    startOidcProvider({
      algorithms: ["ES256"],
      resources: [API, OPAQUE],
      opaqueResources: [OPAQUE],
      scopes: ["read"],
      clients: [
        { id: "app", secret: "app-secret", claims: { sub: "service-1", tenant_id: "acme" } },
        { id: "gateway", secret: "gateway-secret" },
      ],
    });
  const folder = certificateFolder({ main: server });
  [provider, upstream, state, plane, client, folders] = await Promise.all([
    startProvider(),
    startEchoUpstream(),
    startPostgresServer(),
    TestControlPlane.start(),
    createDpopClient(),
    Promise.all([freshFolder(), folder]),
  ]);
  await plane.publish([fleetOf({ trustedProxies: ["127.0.0.1/32"] }), acme()]);
  const [dataDir = "", certificates = ""] = folders;
  const secrets = (_tenant: string, name: string): string | null => (name === "introspection" ? "gateway-secret" : null);
  node = await startGateway(plane, { dataDir, authz: true, tls: { certificateFolder: certificates }, stateUrl: state.url(), secrets });
  await ready(node);
  await eventually("the store is connected", async () => (await get("/", await tokenFrom(API))).status === 200);
}, 60_000);
afterAll(async () => {
  await node?.close();
  await Promise.all([provider?.close(), upstream?.close(), state?.close(), plane?.down()]);
  await Promise.all((folders ?? []).map(removeFolder));
});

/** A token that the provider has bound to the client's key, at its real token endpoint. */
const tokenFrom = async (resource: string, by = client): Promise<string> =>
  provider.token({ client: "app", resource, proof: await by.prove("POST", provider.tokenEndpoint) });
async function get(path: string, token: string, more: Record<string, string> = {}, proof?: string) {
  const made = proof ?? (await client.prove("GET", `http://${HOST}${path}`, token));
  const headers = { host: HOST, authorization: `DPoP ${token}`, dpop: made, ...more };
  const answer = await request(`http://127.0.0.1:${node.dataPort}${path}`, { headers });
  const body = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, code: (JSON.parse(body) as { code?: string }).code ?? null, body };
}
const sentTo = (body: string): Record<string, string | undefined> => {
  const { headers } = JSON.parse(body) as EchoAnswer;
  return Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1]]] : [])));
};

describe("a token that a real provider has bound to a key", () => {
  it("passes with a proof, and says who calls", async () => {
    const answer = await get("/orders", await tokenFrom(API));
    expect(answer.status).toBe(200);
    expect(sentTo(answer.body)).toMatchObject({ "x-user-id": "app", "x-tenant-id": "acme" });
  });

  it("does not pass as a bearer token, and the client is told how it does", async () => {
    const answer = await get("/orders", "", { authorization: `Bearer ${await tokenFrom(API)}` });
    expect([answer.status, answer.code]).toEqual([401, "invalid_token"]);
    expect(answer.headers["www-authenticate"]).toBe(
      'DPoP realm="acme", error="invalid_token", error_description="The token is not valid here", algs="ES256 EdDSA PS256 RS256"',
    );
    const nothing = await request(`http://127.0.0.1:${node.dataPort}/orders`, { headers: { host: HOST } });
    await nothing.body.dump();
    expect(nothing.headers["www-authenticate"]).toBe('DPoP realm="acme", algs="ES256 EdDSA PS256 RS256"');
  });

  it("does not pass with the proof of somebody else's key, or where it is bound to none", async () => {
    const token = await tokenFrom(API);
    const thief = await createDpopClient();
    expect(await get("/orders", token, {}, await thief.prove("GET", `http://${HOST}/orders`, token))).toMatchObject({ code: "invalid_dpop_proof" });
    expect(await get("/orders", await provider.token({ client: "app", resource: API }))).toMatchObject({ code: "invalid_token" });
  });

  it("passes when the provider has to be asked: its answer says to which key it is bound", async () => {
    const token = await tokenFrom(OPAQUE);
    expect(token.split(".")).toHaveLength(1);
    const answer = await get("/asked/x", token);
    expect([answer.status, answer.body.includes("x-user-id") || answer.body.includes("X-User-Id")]).toEqual([200, true]);
    // The answer is remembered, the proof is asked for.
    expect(await get("/asked/x", token, {}, "x")).toMatchObject({ code: "invalid_dpop_proof" });
    expect(await get("/asked/x", token, { authorization: `Bearer ${token}` })).toMatchObject({ code: "invalid_token" });
    expect((await get("/asked/x", token)).status).toBe(200);
    expect(await get("/asked/x", await provider.token({ client: "app", resource: OPAQUE }))).toMatchObject({ code: "invalid_token" });
  });

  it("goes on with its proof where the policy passes credentials through", async () => {
    const token = await tokenFrom(API);
    const proof = await client.prove("GET", `http://${HOST}/through/x`, token);
    const answer = await get("/through/x", token, {}, proof);
    expect(sentTo(answer.body)).toMatchObject({ authorization: `DPoP ${token}`, dpop: proof });
  });
});

describe("the URI of a proof", () => {
  it("has the scheme that a trusted proxy saw", async () => {
    const token = await tokenFrom(API);
    const proof = () => client.prove("GET", `https://${HOST}/orders`, token);
    expect((await get("/orders", token, { "x-forwarded-proto": "https" }, await proof())).status).toBe(200);
    expect(await get("/orders", token, {}, await proof())).toMatchObject({ code: "invalid_dpop_proof" });
  });

  it("is https at the node's own TLS, in HTTP/2 as well", async () => {
    const session = await connectHttp2(node.tlsPort ?? 0, { ca: server.cert, servername: HOST });
    const token = await tokenFrom(API);
    const call = async (uri: string) => {
      const fields = { authorization: `DPoP ${token}`, dpop: await client.prove("GET", uri, token) };
      return (await ask(session, { ":path": "/orders?page=2", ":authority": HOST, ...fields })).status;
    };
    expect([await call(`https://${HOST}/orders`), await call(`http://${HOST}/orders`)]).toEqual([200, 401]);
    session.destroy();
  });
});

describe("in decision mode", () => {
  const decide = async (path: string, fields: Record<string, string>) => {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    return rawRequest({ port: node.authzPort ?? 0, bytes: `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n` });
  };
  const described = (uri: string, method = "POST") => ({
    ...{ Host: "sallyport.internal:8090", "X-Forwarded-Method": method, "X-Forwarded-Uri": uri },
    ...{ "X-Forwarded-Host": HOST, "X-Forwarded-Proto": "https" },
  });

  it("a proof is one for the request that is described, not for the question", async () => {
    const token = await tokenFrom(API);
    const bound = async (method: string, uri: string) => ({ Authorization: `DPoP ${token}`, DPoP: await client.prove(method, uri, token) });
    const good = await decide("/authz", { ...described("/orders?page=2"), ...(await bound("POST", `https://${HOST}/orders`)) });
    expect([good.status, good.headers.get("x-user-id"), good.headers.get("authorization"), good.headers.get("dpop")]).toEqual([
      200,
      ["app"],
      [""],
      [""],
    ]);
    for (const [method, uri] of [
      ["GET", `https://${HOST}/orders`],
      ["POST", `http://${HOST}/orders`],
      ["POST", `https://${HOST}/authz`],
      ["POST", "https://sallyport.internal:8090/orders"],
    ] as const) {
      const refused = await decide("/authz/nginx", { ...described("/orders"), ...(await bound(method, uri)) });
      expect([refused.status, refused.headers.get("x-sallyport-code")], uri).toEqual([401, ["invalid_dpop_proof"]]);
      expect(refused.headers.get("www-authenticate")?.[0]).toMatch(/^DPoP realm="acme", error="invalid_dpop_proof"/);
    }
  });

  it("is handed back where the policy passes credentials through, and counts once here too", async () => {
    const token = await tokenFrom(API);
    const proof = await client.prove("POST", `https://${HOST}/through/x`, token);
    const fields = { ...described("/through/x"), Authorization: `DPoP ${token}`, DPoP: proof };
    const answer = await decide("/authz", fields);
    expect([answer.status, answer.headers.get("dpop"), answer.headers.get("authorization")]).toEqual([200, [proof], [`DPoP ${token}`]]);
    expect((await decide("/authz", fields)).status).toBe(401);
  });

  it("Envoy asks with the request's own method, host and path", async () => {
    const token = await tokenFrom(API);
    const proof = await client.prove("GET", `https://${HOST}/orders`, token);
    const answer = await decide("/authz/envoy/orders", { Host: HOST, "X-Forwarded-Proto": "https", Authorization: `DPoP ${token}`, DPoP: proof });
    expect(answer.status).toBe(200);
  });
});

describe("a page of another origin", () => {
  const preflight = async (path: string) => {
    const headers = {
      ...{ host: HOST, origin: "https://app.example" },
      ...{ "access-control-request-method": "GET", "access-control-request-headers": "authorization,dpop" },
    };
    const answer = await request(`http://127.0.0.1:${node.dataPort}${path}`, { method: "OPTIONS", headers });
    await answer.body.dump();
    return answer.headers["access-control-allow-headers"];
  };

  it("may send a proof where the CORS policy lists the field, and nowhere else", async () => {
    expect(await preflight("/apart")).toBe("authorization, dpop");
    expect(await preflight("/orders")).not.toContain("dpop");
  });
});
