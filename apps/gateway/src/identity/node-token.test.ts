import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_TOKEN_AUDIENCE, NODE_TOKEN_TYP } from "@sallyport/snapshot/protocol";
import { decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadNodeKey, type NodeKey } from "./node-key.js";
import { createNodeTokens } from "./node-token.js";

const NODE = "0198f0a0-0000-7000-8000-000000000001";
let folder: string;
let key: NodeKey;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-token-"));
  key = await loadNodeKey(folder);
});
afterAll(() => rm(folder, { recursive: true }));

it("signs one token for the calls of half a minute, and never hands out one with less than 30 s left", async () => {
  const clock = { at: 1_800_000_000_400, now: () => clock.at };
  const tokenOf = createNodeTokens(() => key, clock);
  const seen = new Set<string>();
  for (let call = 0; call < 200; call++) {
    const token = await tokenOf(NODE);
    seen.add(token);
    const { exp = 0, iat = 0 } = decodeJwt(token);
    expect(exp - iat).toBe(60);
    expect(exp * 1_000 - clock.at).toBeGreaterThan(29_000);
    clock.at += 1_000;
  }
  expect(seen.size).toBe(7);
  const [token = ""] = seen;
  const options = { typ: NODE_TOKEN_TYP, audience: NODE_TOKEN_AUDIENCE, issuer: NODE, subject: NODE, currentDate: new Date(1_800_000_000_000) };
  await expect(jwtVerify(token, key.publicJwk, options)).resolves.toBeDefined();
});

it("signs anew for another identity, and when the clock was set back", async () => {
  const clock = { at: 1_800_000_000_000, now: () => clock.at };
  const tokenOf = createNodeTokens(() => key, clock);
  const first = await tokenOf(NODE);
  expect(await tokenOf("0198f0a0-0000-7000-8000-000000000002")).not.toBe(first);
  const second = await tokenOf(NODE);
  clock.at -= 1;
  expect(await tokenOf(NODE)).not.toBe(second);
});
