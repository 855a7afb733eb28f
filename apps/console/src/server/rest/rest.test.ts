import { createTestDatabase } from "@sallyport/data/testing";
import { API_VERSION } from "@sallyport/snapshot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callRest, type RestCall } from "@/server/testing/call-rest";
import { type ConsoleFixture, startConsoleFixture } from "@/server/testing/console-fixture";

let fixture: ConsoleFixture;
let token: string;
beforeAll(async () => {
  fixture = await startConsoleFixture(await createTestDatabase());
  token = await fixture.tokenFor("platform_admin");
});
afterAll(() => fixture.close());

const call = (method: RestCall["method"], path: string, body?: unknown, headers: Record<string, string> = {}) =>
  callRest({ method, path, token, headers, ...(body === undefined ? {} : { body }) });
const UPSTREAM = { spec: { url: "https://payments.example" } };

describe("versions", () => {
  test("an object is made with If-None-Match, changed with If-Match, and never by accident", async () => {
    const path = "/tenants/acme/upstreams/main";
    expect((await call("PUT", path, UPSTREAM)).status).toBe(428);
    const created = await call("PUT", path, UPSTREAM, { "if-none-match": "*" });
    expect(created).toMatchObject({
      status: 200,
      body: { name: "main", version: 1, spec: { url: "https://payments.example", maxConnections: 256 } },
    });
    expect(created.headers.get("etag")).toBe('"1"');
    expect((await call("PUT", path, UPSTREAM, { "if-none-match": "*" })).status).toBe(409);
    const changed = await call("PUT", path, { spec: { url: "https://two.example" } }, { "if-match": '"1"' });
    expect(changed.headers.get("etag")).toBe('"2"');
    const late = await call("PUT", path, UPSTREAM, { "if-match": '"1"' });
    expect(late).toMatchObject({ status: 412, body: { code: "conflict", current: { version: 2 } } });
    expect((await call("GET", path)).headers.get("etag")).toBe('"2"');
    expect((await call("DELETE", path)).status).toBe(428);
    expect((await call("DELETE", path, undefined, { "if-match": '"2"' })).status).toBe(204);
    expect((await call("GET", path)).status).toBe(404);
  });

  test.each(['W/"1"', '"1", "2"', "*", "1", '"0"', '"-1"', '"1e3"'])("If-Match: %s is not guessed at", async (etag) => {
    expect((await call("PUT", "/tenants/acme/upstreams/main", UPSTREAM, { "if-match": etag })).status).toBe(422);
  });

  test("a tenant has them too", async () => {
    const read = await call("GET", "/tenants/acme");
    const etag = read.headers.get("etag") ?? "";
    expect((await call("PUT", "/tenants/acme", { spec: { displayName: "Acme Payments" } }, { "if-match": etag })).status).toBe(200);
    expect((await call("PUT", "/tenants/acme", { spec: { displayName: "Late" } }, { "if-match": etag })).status).toBe(412);
  });
});

describe("a POST with an Idempotency-Key", () => {
  test("is carried out once, and the second gets the first one's answer", async () => {
    const send = () => call("POST", "/tenants", { slug: "initech", spec: { displayName: "Initech" } }, { "idempotency-key": "create-initech-1" });
    const [first, second] = [await send(), await send()];
    expect(first).toMatchObject({ status: 201, body: { slug: "initech", version: 1 } });
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect([first, second].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true"]);
  });

  test("used for another request is refused", async () => {
    const key = { "idempotency-key": "one-key-two-requests" };
    expect((await call("POST", "/tenants", { slug: "hooli", spec: { displayName: "Hooli" } }, key)).status).toBe(201);
    expect((await call("POST", "/tenants", { slug: "other", spec: { displayName: "Other" } }, key)).status).toBe(422);
  });

  test("that failed can be sent again", async () => {
    const key = { "idempotency-key": "fails-then-works" };
    expect((await call("POST", "/join-tokens", { group: "absent", label: "edge" }, key)).status).toBe(422);
    expect((await call("POST", "/join-tokens", { group: "default", label: "edge" }, key)).status).toBe(201);
  });

  test("never keeps a secret: the token is not told twice", async () => {
    const send = () => call("POST", "/join-tokens", { group: "default", label: "edge" }, { "idempotency-key": "one-token-please" });
    const first = await send();
    expect(first.body.token).toMatch(/^spj_/);
    const second = await send();
    expect(second.status).toBe(409);
    expect(JSON.stringify(second.body)).not.toContain(String(first.body.token));
    const items = (await call("GET", "/join-tokens")).body.items ?? [];
    expect(items.filter(({ label }) => label === "edge")).toHaveLength(2);
    expect(JSON.stringify(items)).not.toContain("spj_");
  });

  test("in parallel is carried out once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        call("POST", "/tenants", { slug: "umbrella", spec: { displayName: "Umbrella" } }, { "idempotency-key": "parallel-umbrella" }),
      ),
    );
    expect(answers.filter(({ status, headers }) => status === 201 && !headers.has("idempotency-replayed"))).toHaveLength(1);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
  });
});

describe("lists", () => {
  test("are paged by keyset without gaps or repeats", async () => {
    for (let index = 0; index < 7; index += 1) await call("POST", "/tenants", { slug: `page-${index}`, spec: { displayName: `Page ${index}` } });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body }: Awaited<ReturnType<typeof call>> = await call("GET", `/tenants?limit=3${cursor ? `&cursor=${cursor}` : ""}`);
      expect((body.items ?? []).length).toBeLessThanOrEqual(3);
      seen.push(...(body.items ?? []).map(({ slug }) => String(slug)));
      cursor = body.nextCursor as string | null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(["acme", "globex", "page-0", "page-6"]));
  });

  test.each(["?limit=0", "?limit=201", "?limit=abc", "?cursor=made-up", "?unknown=1", "?limit=1&limit=2"])("refuse %s", async (query) => {
    expect((await call("GET", `/tenants${query}`)).status).toBe(422);
  });
});

describe("configuration as documents", () => {
  const documents = [
    { apiVersion: API_VERSION, kind: "Tenant", metadata: { name: "vandelay" }, spec: { displayName: "Vandelay" } },
    { apiVersion: API_VERSION, kind: "Upstream", metadata: { name: "main", tenant: "vandelay" }, spec: { url: "https://latex.example" } },
    {
      apiVersion: API_VERSION,
      kind: "Route",
      metadata: { name: "api", tenant: "vandelay" },
      spec: { upstream: "main", authentication: { mode: "public" } },
    },
  ];

  test("is planned, applied once, and then nothing is left to do", async () => {
    const plan = await call("POST", "/config/plan", { documents });
    expect((plan.body.changes as { change: string }[]).map(({ change }) => change)).toEqual(["create", "create", "create"]);
    expect((await call("POST", "/config/apply", { documents, dryRun: true })).status).toBe(200);
    expect((await call("GET", "/tenants/vandelay")).status).toBe(404);
    expect((await call("POST", "/config/apply", { documents })).status).toBe(200);
    const again = await call("POST", "/config/plan", { documents });
    expect((again.body.changes as { change: string }[]).every(({ change }) => change === "unchanged")).toBe(true);
    const dump = await call("GET", "/config");
    const replay = await call("POST", "/config/plan", { documents: dump.body.documents, prune: true });
    expect((replay.body.changes as { change: string }[]).filter(({ change }) => change !== "unchanged")).toEqual([]);
  });

  test("names the document and the field that is wrong, and applies nothing", async () => {
    const answer = await call("POST", "/config/apply", {
      documents: [
        { ...documents[0], metadata: { name: "fresh" } },
        { ...documents[1], spec: { url: "nowhere" } },
      ],
    });
    expect(answer.status).toBe(422);
    expect(answer.body.issues?.[0]?.path).toMatch(/^documents\.1\.spec\.url$/);
    expect((await call("GET", "/tenants/fresh")).status).toBe(404);
  });
});

describe("from the draft to a revision", () => {
  test("publishes with a comment, shows it, refuses an empty publish, and rolls back", async () => {
    expect((await call("POST", "/draft/validate")).body).toMatchObject({ ok: true });
    expect((await call("POST", "/revisions", { comment: " " })).status).toBe(422);
    const first = await call("POST", "/revisions", { comment: "First" });
    expect(first).toMatchObject({ status: 201, body: { revision: 1 } });
    expect((await call("GET", "/draft")).body).toMatchObject({ base: 1, unpublished: 0 });
    expect((await call("POST", "/revisions", { comment: "Nothing new" })).status).toBe(409);
    await call("POST", "/tenants", { slug: "late", spec: { displayName: "Late" } });
    expect((await call("GET", "/draft?tenant=late")).body).toMatchObject({ base: 1, sections: [{ name: "tenants/late", change: "added" }] });
    expect((await call("POST", "/revisions", { comment: "Stale base", base: 7 })).status).toBe(409);
    expect((await call("POST", "/revisions", { comment: "Second", base: 1 })).body).toEqual({ revision: 2 });
    expect((await call("POST", "/revisions/1/rollback", { comment: "Back" })).body).toEqual({ revision: 3 });
    const [third, one] = [await call("GET", "/revisions/3"), await call("GET", "/revisions/1")];
    expect(third.body).toMatchObject({ number: 3, rolledBackFrom: expect.any(Number), rootHash: one.body.rootHash, nodes: [] });
    expect((await call("GET", "/revisions?limit=2")).body.items?.map(({ number }) => number)).toEqual([3, 2]);
  });

  test("reviews a part of the draft, and publishes what weakens it only when that is said to be meant", async () => {
    const route = (mode: string) => [
      { apiVersion: API_VERSION, kind: "Tenant", metadata: { name: "open" }, spec: { displayName: "Open" } },
      { apiVersion: API_VERSION, kind: "Upstream", metadata: { name: "u", tenant: "open" }, spec: { url: "https://u.example" } },
      { apiVersion: API_VERSION, kind: "Route", metadata: { name: "r", tenant: "open" }, spec: { upstream: "u", authentication: { mode } } },
    ];
    const part = { sections: ["tenants/open"] };
    await call("POST", "/config/apply", { documents: route("required") });
    const closed = await call("POST", "/revisions", { comment: "Closed", ...part });
    expect(closed.status).toBe(201);
    await call("POST", "/config/apply", { documents: route("public") });

    const review = await call("POST", "/draft/review", part);
    expect(review.body).toMatchObject({ ok: true, sections: part.sections, word: "open/r", isolation: { ok: true, violations: [] } });
    expect(review.body.reach).toMatchObject({ sections: [{ name: "tenants/open" }], groups: [{ name: "default", tenants: 1, nodeCount: 0 }] });
    const acknowledge = (review.body.warnings as { id: string; severity: string }[]).map(({ id }) => id);
    expect((await call("POST", "/draft/serving", part)).body).toMatchObject({ nodeCount: 0, unserved: [] });
    expect((await call("POST", "/draft/probe", part)).body).toEqual({ warnings: [], asked: 0, skipped: 0 });

    const publish = { comment: "Open it", ...part };
    expect(await call("POST", "/revisions", publish)).toMatchObject({ status: 409, body: { code: "unconfirmed", current: { word: "open/r" } } });
    expect((await call("POST", "/revisions", { ...publish, acknowledge })).status).toBe(409);
    expect((await call("POST", "/revisions", { ...publish, acknowledge, confirm: "open/r" })).status).toBe(201);
    await call("POST", "/config/apply", { documents: route("deny") });
    expect((await call("POST", "/revisions", { comment: "Closed again", ...part })).status).toBe(201);
    const back = `/revisions/${String(closed.body.revision)}/rollback`;
    expect((await call("POST", back, { comment: "To what asks for a token" })).status).toBe(201);
  });
});

describe("refusals", () => {
  test.each([
    ["GET", "/nowhere", undefined, 404],
    ["PUT", "/revisions", {}, 405],
    ["POST", "/revisions", "{", 400],
    ["GET", "/revisions/abc", undefined, 422],
    ["GET", "/revisions/1e9", undefined, 422],
    ["GET", "/tenants/%E0%A4%A", undefined, 422],
    ["GET", "/tenants/ACME", undefined, 404],
    ["GET", "/tenants/acme%2F..%2Fglobex", undefined, 404],
    ["POST", "/tenants", { slug: "x", spec: { displayName: "X" }, tenantId: "acme" }, 422],
    ["GET", "/audit?from=yesterday", undefined, 422],
  ] as const)("%s %s", async (method, path, body, status) => {
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, request_id: expect.stringMatching(/^[0-9a-f-]{36}$/), code: expect.any(String) });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test("the request id of the caller is kept when it is well-formed, and stands in the audit log", async () => {
    const id = "deploy-2026.05.01_7";
    const answer = await call("POST", "/tenants", { slug: "traced", spec: { displayName: "Traced" } }, { "x-request-id": id });
    expect(answer.headers.get("x-request-id")).toBe(id);
    const audit = await call("GET", "/audit?target=traced");
    expect(audit.body.items?.[0]).toMatchObject({ action: "tenant.create", requestId: id, actorKind: "api_token" });
  });
});
