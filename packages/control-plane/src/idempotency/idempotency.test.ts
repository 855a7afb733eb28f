import { randomBytes } from "node:crypto";
import { createDataClients } from "@sallyport/data";
import { createTestDatabase, type TestDatabase } from "@sallyport/data/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "../access/actor.js";
import { createIdempotency, type Idempotency } from "./idempotency.js";

const actor = (id: string): Actor => ({
  kind: "api_token",
  id,
  name: id,
  ip: null,
  requestId: "test-request",
  grants: { fleet: new Set(), tenants: new Map() },
});
const HASH = "a".repeat(64);

let now = Date.parse("2026-05-01T12:00:00Z");
let database: TestDatabase;
let data: ReturnType<typeof createDataClients>;
let idempotency: Idempotency;

beforeAll(async () => {
  database = await createTestDatabase();
  data = createDataClients(database);
  idempotency = createIdempotency({ data, clock: { now: () => now }, masterKey: randomBytes(32) });
});
afterAll(async () => {
  await data.close();
  await database.drop();
});

test("of many claims on one key at once exactly one is carried out", async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => idempotency.claim(actor("a"), { key: "parallel-key", requestHash: HASH })));
  expect(claims.filter(({ state }) => state === "claimed")).toHaveLength(1);
  expect(claims.filter(({ state }) => state === "running")).toHaveLength(19);
});

test("a repeated request gets the first one's answer, a different one under the same key is told so", async () => {
  await idempotency.claim(actor("a"), { key: "replayed-key", requestHash: HASH });
  await idempotency.complete(actor("a"), { key: "replayed-key", response: { revision: 7 } });
  expect(await idempotency.claim(actor("a"), { key: "replayed-key", requestHash: HASH })).toEqual({ state: "replay", response: { revision: 7 } });
  expect(await idempotency.claim(actor("a"), { key: "replayed-key", requestHash: "b".repeat(64) })).toEqual({ state: "other_request" });
});

test("keys of two actors never meet", async () => {
  await idempotency.claim(actor("a"), { key: "shared-key", requestHash: HASH });
  expect(await idempotency.claim(actor("b"), { key: "shared-key", requestHash: HASH })).toEqual({ state: "claimed" });
});

test("a failed request can be tried again, and a key is free after a day", async () => {
  await idempotency.claim(actor("a"), { key: "failed-key", requestHash: HASH });
  await idempotency.release(actor("a"), { key: "failed-key" });
  expect(await idempotency.claim(actor("a"), { key: "failed-key", requestHash: HASH })).toEqual({ state: "claimed" });
  now += 25 * 3_600_000;
  expect(await idempotency.claim(actor("a"), { key: "failed-key", requestHash: HASH })).toEqual({ state: "claimed" });
});
