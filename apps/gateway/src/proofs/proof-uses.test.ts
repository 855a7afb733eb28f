import type { StateStore } from "@sallyport/state-store";
import { startPostgresServer } from "@sallyport/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProblems } from "../problems.js";
import { openStore } from "../testing/open-store.js";
import { createProofUses } from "./proof-uses.js";

const clock = { now: () => Date.now() };
const use = (perNode = false) => ({ goodUntilMs: Date.now() + 60_000, perNode });

describe("a node without a state store", () => {
  it("refuses, and decides alone where a policy says so, as far as its memory goes", async () => {
    const uses = createProofUses({ store: null, problems: createProblems(), clock, maxProofs: 2 });
    expect(await uses.use("acme", "a", use())).toEqual({ state: "unavailable", reason: "SALLYPORT_STATE_URL is not set" });
    // What was refused for that was not used.
    expect(await uses.use("acme", "a", use(true))).toEqual({ state: "first" });
    expect(await uses.use("acme", "a", use())).toEqual({ state: "again" });
    expect(await uses.use("acme", "b", use(true))).toEqual({ state: "first" });
    expect(await uses.use("acme", "c", use(true))).toMatchObject({
      state: "unavailable",
      reason: expect.stringContaining("memory of proofs is full"),
    });
    expect(await uses.use("acme", "a", use(true))).toEqual({ state: "again" });
  });
});

describe("a node whose memory of proofs is full", () => {
  let server: Awaited<ReturnType<typeof startPostgresServer>>;
  let store: StateStore;
  beforeAll(async () => {
    server = await startPostgresServer();
    store = await openStore(server.url());
  });
  afterAll(async () => {
    await store?.close();
    await server?.close();
  });

  it("goes by the store; and alone by nothing, for it has missed something", async () => {
    const problems = createProblems();
    const uses = createProofUses({ store, problems, clock, maxProofs: 2 });
    const states = async (...ids: string[]) => Promise.all(ids.map(async (id) => (await uses.use("acme", id, use(true))).state));
    expect(await states("a", "b")).toEqual(["first", "first"]);
    expect(await states("c")).toEqual(["first"]);
    expect(await states("c")).toEqual(["again"]);
    await server.halt();
    expect(await states("a", "c")).toEqual(["again", "unavailable"]);
    expect(problems.list()).toEqual([expect.stringContaining("which proofs of possession were used")]);
  });
});
