import { revocableText } from "@sallyport/pipeline";
import { sha256Hex } from "@sallyport/pipeline-node";
import { type RevocationsSection, revocationsSection } from "@sallyport/snapshot";
import { createTokenMint, type EchoUpstream, type JwksServer, startEchoUpstream, startJwksServer, type TokenMint } from "@sallyport/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestControlPlane } from "./testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./testing/gateway.js";
import { keepText, keptText } from "./testing/kept-on-disk.js";
import { closeOf, type OpenConnection, openEvents, openWebSocket } from "./testing/open-connections.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

/** SECURITY §3, ms. */
const PROMISED_MS = 2_000;
const AUDIENCE = "https://api.example.test";
const seconds = () => Math.floor(Date.now() / 1_000);

let plane: TestControlPlane;
let upstream: EchoUpstream;
let jwks: JwksServer;
let mint: TokenMint;
let nodes: RunningGateway[] = [];
let folders: string[] = [];
let open: OpenConnection[] = [];
let issued = 0;

const token = (more: Record<string, unknown> = {}) =>
  mint.sign({ iss: jwks.issuer, aud: AUDIENCE, sub: "user-1", iat: seconds() - 5, exp: seconds() + 300, jti: `t-${++issued}`, ...more });
const jtiOf = (of: string): string => JSON.parse(Buffer.from(of.split(".")[1] ?? "", "base64url").toString()).jti;
const byId = (of: string, expiresAt = seconds() + 300) => ({ by: "jti" as const, issuer: jwks.issuer, jti: jtiOf(of), expiresAt });
const byDigest = (of: string) => ({ by: "digest" as const, digest: sha256Hex(revocableText(of)), expiresAt: seconds() + 300 });

const tenants = () => {
  const live = { pathPrefix: "/live", upstream: "main", websocket: true, authentication: { mode: "required" } };
  const routes = { live, main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required" } } };
  const of = (slug: string) =>
    tenantOf({ slug, upstream: upstream.url, issuer: jwks.issuer, audience: slug === "acme" ? AUDIENCE : "https://other", routes });
  return [of("acme"), of("globex")];
};
const revoked = (section: Partial<RevocationsSection>, tenant = "acme"): RevocationsSection =>
  revocationsSection.parse({ kind: "revocations", tenant, suspended: false, tokens: [], subjects: [], ...section });
const publish = (...sections: RevocationsSection[]) => plane.publish([fleetOf(), ...tenants(), ...sections]);

async function answer(node: RunningGateway, of: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/acme/x`, { headers: { authorization: `Bearer ${of}` } });
  const body = (await response.json()) as { code?: string };
  return response.status === 200 ? "allow" : `${response.status} ${body.code}`;
}
const answers = (of: string) => Promise.all(nodes.map((node) => answer(node, of)));
const everywhere = (what: string, of: string, wanted: string, withinMs = PROMISED_MS) =>
  eventually(what, async () => (await answers(of)).every((each) => each === wanted), withinMs);

async function start(dataDir: string, joinToken?: null): Promise<RunningGateway> {
  const node = await startGateway(plane, { dataDir, ...(joinToken === undefined ? {} : { joinToken }) });
  await ready(node);
  return node;
}

beforeAll(async () => {
  mint = createTokenMint({ alg: "ES256" });
  [plane, upstream, jwks] = await Promise.all([TestControlPlane.start(), startEchoUpstream(), startJwksServer({ jwks: mint.jwks() })]);
  await publish();
  folders = [await freshFolder(), await freshFolder()];
  nodes = await Promise.all(folders.map((folder) => start(folder)));
});
beforeEach(async () => {
  await publish();
  await everywhere("nothing is revoked", token(), "allow", 20_000);
});
afterEach(() => {
  for (const { socket } of open) socket.destroy();
  open = [];
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await Promise.all([plane.down(), upstream.close(), jwks.close()]);
  await Promise.all(folders.map(removeFolder));
});

describe("within two seconds, at every node", () => {
  it("a token that was let through a moment ago is refused by its jti, with a challenge, and no other is", async () => {
    const [mine, other] = [token(), token()];
    expect(await answers(mine)).toEqual(["allow", "allow"]);
    await publish(revoked({ tokens: [byId(mine)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    expect(await answers(other)).toEqual(["allow", "allow"]);
    const [node] = nodes;
    const response = await fetch(`http://127.0.0.1:${node?.dataPort}/tenants/acme/x`, { headers: { authorization: `Bearer ${mine}` } });
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(await response.json()).toMatchObject({ status: 401, code: "token_revoked", title: "The token has been revoked" });
  });

  it("a token is refused by what it signs, also when it is signed anew", async () => {
    const claims = { iss: jwks.issuer, aud: AUDIENCE, sub: "user-1", exp: seconds() + 300 };
    const [mine, again] = [mint.sign(claims), mint.sign(claims)];
    expect(again).not.toBe(mine);
    await publish(revoked({ tokens: [byDigest(mine)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    expect(await answers(again)).toEqual(["401 token_revoked", "401 token_revoked"]);
  });

  it("a subject's tokens are refused but for those that were issued since", async () => {
    const before = token({ iat: seconds() - 60 });
    const dateless = token({ iat: undefined });
    await publish(revoked({ subjects: [{ subject: "user-1", issuedBefore: seconds() - 30, expiresAt: seconds() + 300 }] }));
    await everywhere("it is refused", before, "401 token_revoked");
    expect(await answers(dateless)).toEqual(["401 token_revoked", "401 token_revoked"]);
    expect(await answers(token())).toEqual(["allow", "allow"]);
    expect(await answers(token({ sub: "user-2", iat: seconds() - 60 }))).toEqual(["allow", "allow"]);
  });

  it("a tenant is suspended without its declaration saying so, and no other is", async () => {
    const mine = token();
    await publish(revoked({ suspended: true }));
    await everywhere("it is refused", mine, "403 tenant_suspended");
    const globex = await fetch(`http://127.0.0.1:${nodes[0]?.dataPort}/tenants/globex/x`);
    expect(((await globex.json()) as { code: string }).code).toBe("missing_token");
    await publish();
    await everywhere("it is back", mine, "allow");
  });

  it("what a token has opened ends, and what another opened goes on", async () => {
    const [mine, other] = [token(), token()];
    const of = async (credential: string) => {
      const where = {
        port: nodes[0]?.dataPort ?? 0,
        path: "/tenants/acme/live",
        fields: `Host: api.example.test\r\nAuthorization: Bearer ${credential}\r\n`,
      };
      const pair = [await openWebSocket(where), await openEvents(where)] as const;
      open.push(...pair);
      return pair;
    };
    const [socket, events] = await of(mine);
    const kept = await of(other);
    await publish(revoked({ tokens: [byDigest(mine)] }));
    await eventually("both end", () => socket.ended && events.ended, PROMISED_MS);
    expect(closeOf(socket)).toEqual({ code: 1_008, reason: "token_revoked" });
    expect(kept.map(({ ended }) => ended)).toEqual([false, false]);
  });
});

describe("what is revoked and still presented", () => {
  it("is told of as revoked_credential at once, with which revocation it was and never the token", async () => {
    // Of one subject nodes tell once in ten seconds: this one has not been told of.
    const mine = token({ sub: "whoever-took-it" });
    await publish(revoked({ tokens: [byId(mine)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    const events = () => [...plane.events.values()].filter(({ kind, detail }) => kind === "revoked_credential" && detail.includes(jtiOf(mine)));
    await eventually("both nodes tell", () => events().length >= 2);
    expect(events()[0]).toMatchObject({
      tenant: "acme",
      identityProvider: "main",
      issuer: jwks.issuer,
      subject: "whoever-took-it",
      code: "token_revoked",
    });
    expect(JSON.stringify(events())).not.toContain(mine.split(".")[2]);
  });

  it("is told of for an API key as well, and its client hears what anybody hears", async () => {
    const key = `spk_${"k".repeat(43)}`;
    const routes = { main: { pathPrefix: "/", upstream: "main", authentication: { mode: "required", authenticators: ["api_key"] } } };
    const acme = tenantOf({ slug: "acme", upstream: upstream.url, issuer: jwks.issuer, audience: AUDIENCE, routes });
    const digest = sha256Hex(key);
    await plane.publish([fleetOf(), acme, revoked({ apiKeys: [{ name: "ci-runner", digest, expiresAt: seconds() + 300 }] })]);
    const told = () => [...plane.events.values()].find(({ kind, detail }) => kind === "revoked_credential" && detail.includes("ci-runner"));
    const ask = () => fetch(`http://127.0.0.1:${nodes[0]?.dataPort}/tenants/acme/x`, { headers: { "x-api-key": key } });
    await eventually("it is told", async () => {
      expect(await (await ask()).json()).toMatchObject({ status: 401 });
      return told() !== undefined;
    });
    expect(told()).toMatchObject({ tenant: "acme", code: "invalid_api_key" });
    expect(await (await ask()).json()).not.toMatchObject({ detail: expect.stringContaining("revoked") });
    expect(JSON.stringify(told())).not.toContain(digest);
  });
});

describe("a revocation", () => {
  it("holds at a node that starts later from its own disk, while the control plane is away", async () => {
    const mine = token();
    await publish(revoked({ tokens: [byId(mine)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    const [first, second] = nodes;
    const [folder] = folders;
    if (first === undefined || second === undefined || folder === undefined) throw new Error("there are two nodes");
    await eventually("it is on disk", async () => (await keptText(folder)).includes("installation/revocations/acme"));
    await first.close();
    await plane.down();
    nodes = [await start(folder, null), second];
    expect(await answers(mine)).toEqual(["401 token_revoked", "401 token_revoked"]);
    expect(await answers(token())).toEqual(["allow", "allow"]);
    await plane.up();
  });

  it("holds at a node that enrols later", async () => {
    const mine = token();
    await publish(revoked({ tokens: [byId(mine)] }));
    const folder = await freshFolder();
    const late = await start(folder);
    expect(await answer(late, mine)).toBe("401 token_revoked");
    await late.close();
    await removeFolder(folder);
  });

  it("that somebody takes out of the file on disk takes the file with it", async () => {
    const mine = token();
    await publish(revoked({ tokens: [byId(mine)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    const folder = await freshFolder();
    const node = await start(folder);
    await eventually("it is on disk", async () => (await keptText(folder)).includes("revocations/acme"));
    await node.close();
    await plane.down();
    const lines = (await keptText(folder)).split("\n").filter((line) => !line.startsWith("installation/revocations/"));
    await keepText(folder, lines.join("\n"));
    const robbed = await startGateway(plane, { dataDir: folder, joinToken: null });
    await eventually("the file is refused", () => robbed.gateway.readiness().reasons.length > 0);
    expect(robbed.gateway.readiness().ready).toBe(false);
    await plane.up();
    await ready(robbed);
    expect(await answer(robbed, mine)).toBe("401 token_revoked");
    await robbed.close();
    await removeFolder(folder);
  });

  it.each<[string, (section: Record<string, unknown>) => unknown]>([
    ["emptied", (section) => ({ ...section, tokens: [] })],
    ["made longer than it may be", (section) => ({ ...section, tokens: Array.from({ length: 1_001 }, () => (section.tokens as unknown[])[0]) })],
    ["given a member that nobody knows", (section) => ({ ...section, exceptions: [] })],
  ])("whose section is %s on its way is refused with the revision, and what held goes on holding", async (_, spoil) => {
    const mine = token();
    await publish(revoked({ tokens: [byId(mine)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    const from = plane.reports.length;
    plane.tamper = (delivery) => ({
      ...delivery,
      changed: Object.fromEntries(
        Object.entries(delivery.changed).map(([name, body]) => [
          name,
          name.startsWith("installation/") ? spoil(body as Record<string, unknown>) : body,
        ]),
      ),
    });
    await publish(revoked({ tokens: [byId(mine), byId(token())] }));
    await eventually("a node refuses it", () => plane.reports.slice(from).some(({ outcome }) => outcome === "nack"));
    plane.tamper = null;
    expect(await answers(mine)).toEqual(["401 token_revoked", "401 token_revoked"]);
  });

  it("counts for nothing once its time is over, without anybody doing anything", async () => {
    const mine = token();
    await publish(revoked({ tokens: [byId(mine, seconds() + 2)] }));
    await everywhere("it is refused", mine, "401 token_revoked");
    await everywhere("it is let through", mine, "allow", 5_000);
  });
});
