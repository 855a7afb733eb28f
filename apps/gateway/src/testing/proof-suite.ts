import { createTokenMint, type EchoAnswer, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer } from "@sallyport/testkit";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "./control-plane.js";
import { createDpopClient, type DpopClient } from "./dpop-client.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { closeOf, openWebSocket } from "./open-connections.js";
import { fleetOf, tenantOf } from "./sections.js";
import type { StoreServer } from "./store-outage.js";

const HOST = "acme.api.example.test";
const AUDIENCE = "https://api.example.test";

/** RFC 9449 §11.1 through two running nodes over any store: a proof is used once at both together, and nobody who cannot say so lets it pass. */
export function proofSuite(name: string, startServer: () => Promise<StoreServer>): void {
  describe(`proofs of possession, noted in ${name}`, () => {
    const mint = createTokenMint({ alg: "ES256" });
    let server: StoreServer;
    let plane: TestControlPlane;
    let upstream: EchoUpstream;
    let jwks: JwksServer;
    let one: RunningGateway;
    let two: RunningGateway;
    let client: DpopClient;
    let folders: string[];

    const routes = (more: Record<string, Record<string, unknown>> = {}) => ({
      main: { pathPrefix: "/", upstream: "main", websocket: true, authentication: { mode: "required" } },
      alone: { pathPrefix: "/alone", upstream: "main", degradation: "alone", authentication: { mode: "required" } },
      ...more,
    });
    const brief = { pathPrefix: "/brief", upstream: "main", websocket: true, authentication: { mode: "required" } };
    const acme = (rest: Record<string, unknown> = {}) =>
      tenantOf({
        slug: "acme",
        upstream: upstream.url,
        routes: routes({ brief }),
        rest: {
          identityProviders: {
            main: { issuer: jwks.issuer, keys: { kind: "jwks", url: jwks.jwksUrl }, audiences: [AUDIENCE], dpop: { algorithms: ["ES256"] } },
          },
          degradationPolicies: { alone: { dpopReplay: "PER_NODE" } },
          ...rest,
        },
      });
    const publish = async (rest: Record<string, unknown> = {}): Promise<void> => {
      const { revision } = await plane.publish([fleetOf(), acme(rest)]);
      const acks = (): number => plane.reports.filter((report) => report.outcome === "ack" && report.revision === revision).length;
      if (one !== undefined) await eventually(`both nodes run revision ${revision}`, () => acks() >= 2);
    };

    beforeAll(async () => {
      const started = await Promise.all([
        startServer(),
        TestControlPlane.start(),
        startEchoUpstream(),
        startJwksServer({ jwks: mint.jwks() }),
        createDpopClient(),
      ]);
      [server, plane, upstream, jwks, client] = started;
      folders = await Promise.all([freshFolder(), freshFolder()]);
      await publish();
      const [dirOne = "", dirTwo = ""] = folders;
      one = await startGateway(plane, { dataDir: dirOne, stateUrl: server.url });
      two = await startGateway(plane, { dataDir: dirTwo, stateUrl: server.url });
      await Promise.all([ready(one), ready(two)]);
      await eventually("the store is connected", async () => (await send(one, { path: "/x" })).status === 200);
    }, 120_000);
    afterAll(async () => {
      await Promise.all([one?.close(), two?.close()]);
      await Promise.all([plane?.down(), upstream?.close(), jwks?.close(), server?.close()]);
      await Promise.all((folders ?? []).map(removeFolder));
    });

    const tokenOf = (claims: Record<string, unknown> = { cnf: { jkt: client.jkt } }): string =>
      mint.sign({ iss: jwks.issuer, aud: AUDIENCE, sub: "user-1", exp: Math.floor(Date.now() / 1_000) + 300, ...claims });
    interface Sent {
      readonly path?: string;
      readonly token?: string;
      readonly proof?: string;
    }
    interface Got {
      readonly status: number;
      readonly challenge: unknown;
      readonly retryAfter: unknown;
      readonly code: unknown;
      readonly text: string;
    }
    const prove = (token: string, path: string): Promise<string> => client.prove("GET", `http://${HOST}${path}`, token);
    async function send(node: RunningGateway, { path = "/orders", token = tokenOf(), proof }: Sent): Promise<Got> {
      const headers = { host: HOST, authorization: `DPoP ${token}`, dpop: proof ?? (await prove(token, path)) };
      const answer = await request(`http://127.0.0.1:${node.dataPort}${path}`, { headers });
      const text = await answer.body.text();
      const { code } = JSON.parse(text) as { code?: unknown };
      return { status: answer.statusCode, challenge: answer.headers["www-authenticate"], retryAfter: answer.headers["retry-after"], code, text };
    }
    const replays = (): number => [...plane.events.values()].filter(({ kind }) => kind === "dpop_replay").reduce((sum, { count }) => sum + count, 0);

    it("a proof that jose made lets the token pass, and neither reaches the upstream", async () => {
      const answer = await send(one, {});
      expect(answer.status).toBe(200);
      const { headers } = JSON.parse(answer.text) as EchoAnswer;
      const names = headers.filter((_, index) => index % 2 === 0).map((field) => field.toLowerCase());
      expect(names).toContain("x-user-id");
      expect(names.filter((field) => field === "dpop" || field === "authorization")).toEqual([]);
    });

    it("passes once: not again at the same node, nor at the other, and reviewers are told", async () => {
      const before = replays();
      const token = tokenOf();
      const proof = await prove(token, "/orders");
      expect((await send(one, { token, proof })).status).toBe(200);
      for (const node of [one, two]) {
        const again = await send(node, { token, proof });
        expect([again.status, again.code]).toEqual([401, "invalid_dpop_proof"]);
        expect(again.challenge).toBe(
          'DPoP realm="acme", error="invalid_dpop_proof", error_description="The proof of possession is not valid here", algs="ES256", Bearer realm="acme"',
        );
      }
      await eventually("both replays are told of", () => replays() === before + 2);
      const metrics = await (await fetch(`http://127.0.0.1:${one.adminPort}/metrics`)).text();
      expect(Number(/^sallyport_proofs_known (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
      const event = [...plane.events.values()].find(({ kind }) => kind === "dpop_replay");
      expect(event).toMatchObject({ tenant: "acme", identityProvider: "main", subject: "user-1", code: "invalid_dpop_proof", route: "main" });
    });

    it("of many who send it at once, to both nodes, one passes", async () => {
      const token = tokenOf();
      const proof = await prove(token, "/orders");
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => send(at % 2 === 0 ? one : two, { token, proof })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
    });

    it("what was let in with a proof stays open when it is decided again, and ends with what let it in", async () => {
      const token = tokenOf();
      const proof = await prove(token, "/live");
      const socket = await openWebSocket({
        port: one.dataPort,
        path: "/live",
        fields: `Host: ${HOST}\r\nAuthorization: DPoP ${token}\r\nDPoP: ${proof}\r\n`,
      });
      // One that this revision ends says when the other has been decided again.
      const other = await openWebSocket({ port: one.dataPort, path: "/brief", fields: `Host: ${HOST}\r\nAuthorization: Bearer ${tokenOf({})}\r\n` });
      await publish({ routes: routes({ brief: { ...brief, authentication: { mode: "deny" } } }) });
      await eventually("what the revision ends has ended", () => other.ended, 2_000);
      expect(socket.ended).toBe(false);
      expect((await send(one, { path: "/live", token, proof })).code).toBe("invalid_dpop_proof");
      await publish({ status: "suspended" });
      await eventually("it ends", () => socket.ended, 2_000);
      expect(closeOf(socket)).toEqual({ code: 1_008, reason: "tenant_suspended" });
      socket.socket.destroy();
      await publish();
    });

    it("while the store is away, nobody can say, and a proof lets nobody in; bearer tokens are not affected", async () => {
      await server.halt();
      for (const node of [one, two]) {
        const began = performance.now();
        const answer = await send(node, {});
        expect([answer.status, answer.code, answer.retryAfter]).toEqual([503, "proof_store_unavailable", "5"]);
        expect(performance.now() - began).toBeLessThan(1_500);
        const headers = { host: HOST, authorization: `Bearer ${tokenOf({})}` };
        const bearer = await request(`http://127.0.0.1:${node.dataPort}/orders`, { headers });
        await bearer.body.dump();
        expect(bearer.statusCode).toBe(200);
      }
      await eventually("the control plane is told", () =>
        plane.beats.some(({ problems }) => problems.some((sentence) => sentence.includes("proofs of possession"))),
      );
    });

    it("a route whose policy says so goes by what each node has seen, and no further", async () => {
      const token = tokenOf();
      const proof = await prove(token, "/alone");
      expect((await send(one, { path: "/alone", token, proof })).status).toBe(200);
      expect((await send(one, { path: "/alone", token, proof })).code).toBe("invalid_dpop_proof");
      // The price of it.
      expect((await send(two, { path: "/alone", token, proof })).status).toBe(200);
    });

    it("it is found again by itself", async () => {
      await server.start();
      for (const node of [one, two]) await eventually("a proof passes", async () => (await send(node, {})).status === 200);
    });
  });
}
