import { generateKeyPairSync, randomBytes } from "node:crypto";
import { contentKeyId, sealSecret } from "@sallyport/pipeline-node";
import { type InternalKeysSection, internalKeyPlace } from "@sallyport/snapshot";
import type { EchoAnswer } from "@sallyport/testkit";
import { calculateJwkThumbprint, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataPlane, startDataPlane } from "./testing/data-plane.js";
import { eventually } from "./testing/gateway.js";
import { fleetOf, tenantOf } from "./testing/sections.js";

let plane: DataPlane;
const contentKey = randomBytes(32);

beforeAll(async () => {
  plane = await startDataPlane();
});
afterAll(() => plane?.close());

type Entry = InternalKeysSection["keys"][number];

async function makeKey(signFrom: number, key: Uint8Array = contentKey): Promise<Entry> {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = await calculateJwkThumbprint(pair.publicKey);
  const place = internalKeyPlace({ fleet: plane.plane.fleet, group: "default" }, kid);
  const sealed = sealSecret(key, place, pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return { kid, algorithm: "ES256", publicJwk: pair.publicKey.export({ format: "jwk" }) as Entry["publicJwk"], signFrom, sealed };
}

/** A revision whose only route mints tokens, with these keys; applied when this returns. */
async function publish(...keys: Entry[]): Promise<void> {
  plane.plane.sealing.keys.set(contentKeyId(contentKey), contentKey);
  const tenant = tenantOf({
    slug: "acme",
    upstream: plane.upstream.url,
    issuer: plane.jwks.issuer,
    routes: { main: { upstream: "main", propagation: "internal", authentication: { mode: "required" } } },
    rest: { propagationPolicies: { internal: { strategy: "internal_token", audience: "payouts" } } },
  });
  const own: InternalKeysSection[] = keys.length === 0 ? [] : [{ kind: "internal-keys", contentKey: contentKeyId(contentKey), keys }];
  const { revision } = await plane.plane.publish([fleetOf(), tenant, ...own]);
  await eventually("it is applied", () => plane.plane.reports.some((report) => report.outcome === "ack" && report.revision === revision));
}

const call = () =>
  fetch(`http://127.0.0.1:${plane.node.dataPort}/tenants/acme/orders`, {
    headers: { authorization: `Bearer ${plane.token()}`, "x-request-id": "order-7" },
  });
const jwks = () => fetch(`http://127.0.0.1:${plane.node.adminPort}/jwks.json`);
async function tokenSeen(): Promise<string> {
  const response = await call();
  expect(response.status).toBe(200);
  const { headers } = (await response.json()) as EchoAnswer;
  const values = headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === "authorization");
  expect(values).toHaveLength(1);
  return (values[0] ?? "").replace("Bearer ", "");
}

describe("an upstream behind internal tokens", () => {
  it("is called by nobody while the node has no key, and no JWK Set may be kept", async () => {
    await publish();
    const refused = await call();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, "signing_key_unavailable"]);
    const published = await jwks();
    expect([published.status, published.headers.get("cache-control")]).toEqual([404, "no-store"]);
  });

  it("verifies every token with the JWK Set of the node, and reads who calls", async () => {
    await publish(await makeKey(0));
    const published = await jwks();
    expect(published.headers.get("cache-control")).toBe("public, max-age=300");
    const keys = (await published.json()) as Parameters<typeof createLocalJWKSet>[0];
    expect(JSON.stringify(keys)).not.toContain('"d"');
    const { payload } = await jwtVerify(await tokenSeen(), createLocalJWKSet(keys), { issuer: "sallyport", audience: "payouts" });
    expect(payload).toMatchObject({ sub: "user-1", tenant: "acme", original_issuer: plane.jwks.issuer, request_id: "order-7" });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(300);
  });

  it("never sees a token of a key that its copy of the JWK Set lacks: the next key is published first, and waits", async () => {
    const [first, next] = [await makeKey(0), await makeKey(Math.floor(Date.now() / 1_000) + 600)];
    await publish(first);
    const copy = createLocalJWKSet((await (await jwks()).json()) as Parameters<typeof createLocalJWKSet>[0]);
    await publish(next, first);
    const now = (await (await jwks()).json()) as { keys: { kid: string }[] };
    expect(now.keys.map(({ kid }) => kid)).toEqual([next.kid, first.kid]);
    const token = await tokenSeen();
    expect(decodeProtectedHeader(token).kid).toBe(first.kid);
    await jwtVerify(token, copy);
  });

  it("is called by nobody when the private half does not open: another content key, or another key's place", async () => {
    const [ours, stranger] = [await makeKey(0), await makeKey(0, randomBytes(32))];
    for (const broken of [stranger, { ...ours, kid: stranger.kid }]) {
      await publish(broken);
      expect((await call()).status).toBe(503);
    }
    await eventually("the node says so", () => plane.plane.beats.at(-1)?.problems.some((sentence) => /internal tokens/.test(sentence)));
  });
});
