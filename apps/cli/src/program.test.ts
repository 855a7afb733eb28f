import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Answer, type RestServer, type SeenRequest, startRestServer } from "./testing/rest-server.js";
import { runCli } from "./testing/run-cli.js";

const TOKEN = "spt_test-token-0123456789";
const TENANT = { apiVersion: "sallyport.dev/v1", kind: "Tenant", metadata: { name: "acme" }, spec: { displayName: "Acme" } };
const CHANGE = { kind: "Route", name: "api", tenant: "acme", change: "update", fields: [{ path: "websocket", before: false, after: true }] };
const RENAMED = { kind: "Tenant", name: "globex", change: "update", fields: [{ path: "displayName", before: "G", after: "Globex" }] };
const SERVING = {
  groups: [
    {
      ...{ name: "default", sections: 1, nodeCount: 2, connectedCount: 1 },
      nodes: [
        { name: "gateway-1", connected: true },
        { name: "gateway-2", connected: false },
      ],
    },
  ],
  ...{ nodeCount: 2, connectedCount: 1, unserved: [] },
};
const SERVED = ["reaches 2 nodes in 1 group, 1 connected", "  default: 1 section for gateway-1, gateway-2 (away)"];
const UNCHANGED = { kind: "Tenant", name: "acme", change: "unchanged", fields: [] };

let folder: string;
let file: string;
let server: RestServer | undefined;
let routes: Record<string, Answer | ((request: SeenRequest) => Answer)>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sallyport-cli-"));
  file = path.join(folder, "config.yaml");
  await writeFile(file, JSON.stringify(TENANT, null, 2));
  routes = { "GET /whoami": { body: { kind: "api_token", name: "ci", permissions: ["draft.read"], tenants: 0 } } };
  server = await startRestServer((request) => {
    const route = routes[`${request.method} ${request.path.split("?")[0]}`];
    return typeof route === "function" ? route(request) : (route ?? null);
  });
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({ SALLYPORT_URL: server?.url ?? "", SALLYPORT_TOKEN: TOKEN, XDG_CONFIG_HOME: folder });
const cli = (...args: string[]) => runCli(args, { env: env() });
const seen = (call: string) => server?.seen.filter(({ method, path: at }) => `${method} ${at}` === call) ?? [];

describe("revocations", () => {
  const row = {
    ...{ id: "r-1", tenant: "acme", kind: "token", state: "in_force", jti: null, digest: "ab".repeat(32), subject: null, reason: "Stolen" },
    ...{ expiresAt: "2027-01-01T00:00:00.000Z", createdAt: "2026-01-01T00:00:00.000Z", createdByName: "Mara" },
    ...{ name: null, hint: null, sessions: null, reach: { inEffect: 1, nodes: 2, unreachable: 1, firstMs: 210, lastMs: 340 } },
  };
  const node = { name: "node-1", state: "in_effect", tookMs: 340, lastSeenAt: null, error: null };

  it("takes a token from standard input only, and says where to see it in effect", async () => {
    routes["POST /tenants/acme/revocations/token"] = { status: 201, body: { ...row, nodes: [] } };
    const args = ["revocations", "token", "acme", "--token-stdin", "--reason", "Stolen", "--until", "2027-01-01"];
    const run = await runCli(args, { env: env(), input: "a.b.c\n" });
    expect(run).toMatchObject({ code: 0, stdout: "r-1\n" });
    expect(run.stderr).toContain("sallyport revocations show acme r-1");
    expect(seen("POST /tenants/acme/revocations/token")[0]?.body).toEqual({
      token: "a.b.c",
      reason: "Stolen",
      expiresAt: "2027-01-01T00:00:00.000Z",
    });
  });

  it.each([
    ["no token", []],
    ["two", ["--digest", "ab", "--jti", "x"]],
    ["an end that is no date", ["--digest", "ab", "--until", "soon"]],
  ])("sends nothing for %s", async (_, more) => {
    const run = await cli("revocations", "token", "acme", "--reason", "Stolen", ...more);
    expect([run.code, server?.seen.length]).toEqual([1, 0]);
  });

  it("wants a reason", async () => {
    expect((await cli("revocations", "suspend", "acme")).stderr).toContain("--reason");
  });

  it("lists what is in force and shows each node's time", async () => {
    routes["GET /revocations"] = { body: { items: [row], nextCursor: null } };
    routes["GET /tenants/acme/revocations/r-1"] = { body: { ...row, nodes: [node] } };
    expect((await cli("revocations", "ls")).stdout).toMatch(/r-1 .*token sha256:abababababababab .*1 of 2, 1 unreachable +0\.34 s/);
    const shown = await cli("revocations", "show", "acme", "r-1");
    expect(shown.stdout).toMatch(/node-1 +in effect +0\.34 s/);
  });

  it("lists what else was taken back with --all, says how each takes effect, and shows one by its id alone", async () => {
    const final = { ...row, state: "final", digest: null, reason: null, expiresAt: null, reach: null };
    const items = [
      { ...final, id: "r-2", kind: "session", subject: "ada", sessions: 2 },
      { ...final, id: "r-3", kind: "node", tenant: null, name: "edge-1" },
      { ...final, id: "r-4", kind: "api_key", name: "ci", hint: "x9Qz" },
      { ...final, id: "r-5", kind: "idp_keys", name: "main", reach: row.reach },
    ];
    routes["GET /revocations"] = { body: { items, nextCursor: null } };
    routes["GET /revocations/r-3"] = { body: { ...items[1], nodes: [] } };
    const { stdout } = await cli("revocations", "ls", "--all");
    expect(stdout).toMatch(/2 sessions of ada +final +each request/);
    expect(stdout).toMatch(/r-3 +– +node edge-1 +final +each call/);
    expect(stdout).toMatch(/API key ci \(…x9Qz\) +final +no node had it/);
    expect(stdout).toMatch(/keys of main +final +1 of 2, 1 unreachable/);
    expect((await cli("revocations", "show", "r-3")).stderr).toContain("The node edge-1: final, each call.");
    expect((await cli("revocations", "ls", "--all", "--past")).code).toBe(1);
    expect((await cli("revocations", "show", "a", "b", "c")).code).toBe(1);
  });

  it("suspends, revokes a subject, and lifts", async () => {
    const answer = { status: 201, body: { ...row, kind: "suspension", expiresAt: null, nodes: [] } };
    routes["POST /tenants/acme/revocations/suspension"] = answer;
    routes["POST /tenants/acme/revocations/subject"] = { status: 201, body: { ...row, kind: "subject", subject: "ada", nodes: [] } };
    routes["POST /tenants/acme/revocations/r-1/lift"] = { body: { ...row, nodes: [] } };
    expect((await cli("revocations", "suspend", "acme", "--reason", "Breach")).stderr).toContain("until a published revision contains it");
    await cli("revocations", "subject", "acme", "ada", "--reason", "Left", "--issued-before", "2026-01-01");
    expect(seen("POST /tenants/acme/revocations/subject")[0]?.body).toEqual({
      subject: "ada",
      reason: "Left",
      issuedBefore: "2026-01-01T00:00:00.000Z",
    });
    expect((await cli("revocations", "lift", "acme", "r-1")).code).toBe(0);
  });
});

describe("login", () => {
  it("keeps address and token in a file that only the owner reads, and later commands use it", async () => {
    const login = await runCli(["login", "--url", `${server?.url}/`, "--token-stdin"], { env: { XDG_CONFIG_HOME: folder }, input: `${TOKEN}\n` });
    expect(login).toMatchObject({ code: 0, stdout: "" });
    const kept = path.join(folder, "sallyport/config.json");
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(kept, "utf8"))).toEqual({ url: server?.url, token: TOKEN });
    const me = await runCli(["whoami", "--json"], { env: { XDG_CONFIG_HOME: folder } });
    expect(JSON.parse(me.stdout)).toMatchObject({ name: "ci" });
    expect(server?.seen.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  });

  it("a token that the console refuses is not kept", async () => {
    routes["GET /whoami"] = { status: 401, body: { code: "unauthenticated", title: "Sign in first", detail: "no", request_id: "r-1" } };
    const login = await runCli(["login", "--url", server?.url ?? "", "--token", TOKEN], { env: { XDG_CONFIG_HOME: folder } });
    expect(login.code).toBe(1);
    expect(login.stderr).toMatch(/token is not valid.*request r-1/);
    await expect(stat(path.join(folder, "sallyport"))).rejects.toThrow();
  });

  it("a saved token is never sent to another console", async () => {
    await runCli(["login", "--url", server?.url ?? "", "--token", TOKEN], { env: { XDG_CONFIG_HOME: folder } });
    const other = await startRestServer(() => ({ body: {} }));
    const run = await runCli(["whoami"], { env: { XDG_CONFIG_HOME: folder, SALLYPORT_URL: other.url } });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("Set SALLYPORT_TOKEN as well");
    expect(other.seen).toEqual([]);
    await other.close();
  });

  it("a redirect is not followed, so that the token stays where it belongs", async () => {
    const other = await startRestServer(() => ({ body: {} }));
    routes["GET /whoami"] = { status: 302, headers: { location: `${other.url}/api/v1/whoami` }, body: {} };
    expect(await cli("whoami")).toMatchObject({ code: 1, stderr: expect.stringContaining("redirect") });
    expect(other.seen).toEqual([]);
    await other.close();
  });

  it("without a login, one sentence says what to do", async () => {
    const run = await runCli(["nodes", "ls"], { env: { XDG_CONFIG_HOME: folder } });
    expect(run).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^Not logged in\. Run sallyport login[^\n]*\n$/) });
  });
});

describe("API keys", () => {
  const KEY = `spk_${"k".repeat(43)}`;
  const row = {
    ...{ name: "ci-runner", subject: "api-key/ci-runner", scopes: ["read"], hint: "kkkk", revokedAt: null, previous: null },
    ...{ expiresAt: "2099-01-01T00:00:00.000Z", lastUsedAt: null },
  };
  const base = "/tenants/acme/api-keys";

  it("are made with the key alone on standard output, and with what was said of scopes and life", async () => {
    routes[`POST ${base}`] = { status: 201, body: { ...row, key: KEY } };
    const made = await cli("api-key", "create", "acme", "ci-runner", "--scope", "read", "write", "--expires", "30");
    expect(made).toMatchObject({ code: 0, stdout: `${KEY}\n` });
    expect(made.stderr).not.toContain(KEY);
    await cli("api-key", "create", "acme", "ci-runner", "--no-expiry", "--subject", "batch");
    await cli("api-key", "create", "acme", "ci-runner");
    expect(seen(`POST ${base}`).map(({ body }) => body)).toEqual([
      { name: "ci-runner", scopes: ["read", "write"], expiresInDays: 30 },
      { name: "ci-runner", scopes: [], subject: "batch", expiresInDays: null },
      { name: "ci-runner", scopes: [] },
    ]);
    expect(await cli("api-key", "create", "acme", "x", "--no-expiry", "--expires", "3")).toMatchObject({ code: 1, stdout: "" });
  });

  it("are rotated with an overlap, revoked, and listed with their state", async () => {
    const previous = { hint: "pppp", until: "2030-01-01T00:00:00.000Z" };
    routes[`POST ${base}/ci-runner/rotate`] = { status: 201, body: { ...row, key: KEY, previous } };
    expect(await cli("api-key", "rotate", "acme", "ci-runner", "--overlap", "2")).toMatchObject({
      stdout: `${KEY}\n`,
      stderr: expect.stringContaining("…pppp, works until 2030-01-01"),
    });
    expect(seen(`POST ${base}/ci-runner/rotate`)[0]?.body).toEqual({ overlapSeconds: 7_200 });
    routes[`DELETE ${base}/ci-runner`] = { status: 204, body: "" };
    expect(await cli("api-key", "revoke", "acme", "ci-runner")).toMatchObject({ code: 0, stdout: "", stderr: "acme/ci-runner is revoked.\n" });
    routes[`POST ${base}/ci-runner/end-overlap`] = { body: row };
    expect((await cli("api-key", "revoke", "acme", "ci-runner", "--replaced-only")).code).toBe(0);
    routes[`GET ${base}`] = { body: { items: [row, { ...row, name: "old", expiresAt: "2020-01-01T00:00:00.000Z" }], nextCursor: null } };
    const { stdout } = await cli("api-key", "ls", "acme");
    expect(stdout).toMatch(/ci-runner +kkkk +works +api-key\/ci-runner +read +2099-01-01 +never/);
    expect(stdout).toMatch(/old +kkkk +expired/);
    await cli("api-key", "ls", "acme", "--revoked");
    expect(server?.seen.at(-1)?.path).toContain("show=revoked");
    expect((await cli("completion", "bash")).stdout).toContain('"api-key") words="ls create rotate revoke --help"');
  });
});

describe("sessions", () => {
  const base = "/tenants/acme/sessions";
  const id = "A".repeat(43);
  const row = {
    ...{ id, identityProvider: "main", issuer: "https://id.acme.example", subject: "ada" },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", lastUsedAt: "2026-01-01T00:00:00.000Z", expiresAt: "2099-01-01T00:00:00.000Z" },
  };

  it("are listed, of all or of one subject", async () => {
    routes[`GET ${base}`] = { body: { items: [row], nextCursor: null } };
    expect((await cli("sessions", "ls", "acme")).stdout).toMatch(new RegExp(`${id} +ada +main .*2099-01-01`));
    await cli("sessions", "ls", "acme", "--subject", "ada", "--idp", "main");
    expect(server?.seen.at(-1)?.path).toContain("subject=ada&identityProvider=main");
  });

  it("end by id, by subject, or all; and nothing ends when it is not said which", async () => {
    routes[`DELETE ${base}/${id}`] = { status: 204, body: "" };
    expect(await cli("sessions", "revoke", "acme", id)).toMatchObject({ code: 0, stderr: "The session is ended.\n" });
    routes[`POST ${base}/end`] = { body: { ended: 3 } };
    expect((await cli("sessions", "revoke", "acme", "--subject", "ada")).stderr).toBe("3 sessions of ada at acme are ended.\n");
    expect((await cli("sessions", "revoke", "acme", "--all")).stderr).toBe("3 sessions of acme are ended.\n");
    expect(seen(`POST ${base}/end`).map(({ body }) => body)).toEqual([{ subject: "ada" }, { all: true }]);
    for (const wrong of [[], [id, "--all"], ["--subject", "ada", "--all"], ["--idp", "main"]])
      expect((await cli("sessions", "revoke", "acme", ...wrong)).code).toBe(1);
    expect(seen(`POST ${base}/end`)).toHaveLength(2);
  });
});

describe("limits", () => {
  it("are shown with how much of each a tenant uses, and why that is not known", async () => {
    const spec = { key: ["tenant"], limit: 500, windowSeconds: 1, burst: 500 };
    const row = {
      policy: "plan-standard",
      ofFleet: true,
      spec,
      unknown: null,
      now: { share: 0.0042, route: null },
      busiest: { share: 0.84, route: null },
    };
    const limits = [row, { ...row, policy: "per-address", ofFleet: false, unknown: "by_caller", now: null, busiest: null }];
    routes["GET /tenants/acme/limit-use"] = { body: { revision: 7, limits, refused: { last15Minutes: 3, last24Hours: 40 } } };
    const { stdout, stderr } = await cli("limits", "use", "acme");
    expect(stdout).toMatch(/plan-standard +fleet +tenant +500 +1 +0\.42 % +84 %/);
    expect(stdout).toMatch(/per-address +acme +tenant +500 +1 +counted by caller, at the nodes +–/);
    expect(stderr).toContain("3 in 15 minutes, 40 in 24 hours");
  });

  it("name who presses on one of them, of a tenant's own and of the fleet's", async () => {
    const keys = [{ key: { address: "203.0.113.7", tenant: "acme" }, over: 41, near: 9, unseen: 2 }];
    routes["GET /limit-keys"] = { body: { since: "2026-01-01T00:00:00.000Z", keys } };
    routes["GET /tenants/acme/limit-keys"] = routes["GET /limit-keys"];
    const { stdout, stderr } = await cli("limits", "top", "login", "--hours", "24");
    expect(stdout).toMatch(/41 +9 +2 +address 203\.0\.113\.7, tenant acme/);
    expect(stderr).toContain("since 2026-01-01");
    expect(server?.seen.at(-1)?.path).toContain("/limit-keys?policy=login&hours=24");
    expect((await cli("limits", "top", "login", "--tenant", "acme", "-o", "json")).stdout).toContain('"unseen": 2');
    expect((await cli("limits", "top", "login", "--hours", "3")).code).toBe(1);
  });

  it("are tried on what was recorded of a tenant: the newest, unless one is named", async () => {
    const base = "/tenants/acme/recordings";
    const id = "0199aaaa-0000-7000-8000-000000000001";
    const when = { startedAt: "2026-01-01T00:00:00.000Z", endsAt: "2026-01-01T00:15:00.000Z" };
    const row = { id, state: "running", ...when, requests: 120, lost: 0, nodes: 2 };
    routes[`POST ${base}`] = { status: 201, body: row };
    expect(await cli("limits", "record", "acme", "--minutes", "5", "--routes", "main")).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(seen(`POST ${base}`).at(-1)?.body).toEqual({ minutes: 5, routes: ["main"] });
    routes[`GET ${base}`] = { body: { items: [row] } };
    expect((await cli("limits", "recordings", "acme")).stdout).toMatch(new RegExp(`running .*120 +0 +2 +${id}`));
    routes[`POST ${base}/${id}/stop`] = { body: { ...row, state: "ended" } };
    expect((await cli("limits", "stop", "acme", id)).stderr).toContain("120 requests");
    routes[`DELETE ${base}/${id}`] = { status: 204, body: "" };
    expect((await cli("limits", "forget", "acme", id)).stderr).toBe("The recording is deleted.\n");

    const record = { from: when.startedAt, to: when.endsAt, requests: 120, lost: 3, nodes: 2, full: false };
    const key = { address: "203.0.113.7" };
    const told = { record, counted: 118, over: 20, unseen: 2, withoutUsername: 0, first: { atMs: 0, key }, keys: [{ key, requests: 40, over: 20 }] };
    routes["POST /tenants/acme/limit-simulations"] = { body: { ...told, keysTotal: 7, keysOver: 1 } };
    routes["POST /limit-simulations"] = routes["POST /tenants/acme/limit-simulations"];
    const policyOf = (metadata: object) => ({
      apiVersion: "sallyport.dev/v1",
      kind: "RateLimitPolicy",
      metadata: { name: "tried", ...metadata },
      spec: { key: ["client_ip"], limit: 10, burst: 10 },
    });
    const [own, fleetWide] = [path.join(folder, "own.yaml"), path.join(folder, "fleet.yaml")];
    await writeFile(own, JSON.stringify(policyOf({ tenant: "acme" })));
    await writeFile(fleetWide, JSON.stringify({ ...policyOf({}), metadata: { name: "fleet-wide" } }));
    const { stdout, stderr } = await cli("limits", "simulate", "acme", "-f", own);
    expect(stdout).toMatch(/20 +40 +address 203\.0\.113\.7/);
    expect(stderr).toContain("20 of 118 requests would have been over tried, of 1 of 7 keys");
    expect(stderr).toContain("120 at 2 nodes, 3 lost");
    expect(seen("POST /tenants/acme/limit-simulations").at(-1)?.body).toMatchObject({ recording: id, name: "tried", spec: { limit: 10 } });
    await cli("limits", "simulate", "acme", "-f", fleetWide, "--recording", "other");
    expect(seen("POST /limit-simulations").at(-1)?.body).toMatchObject({ tenant: "acme", recording: "other" });
    expect((await cli("limits", "simulate", "globex", "-f", own)).stderr).toContain("does nothing at globex");
    expect((await cli("limits", "simulate", "acme", "-f", own, fleetWide)).stderr).toContain("exactly one");
  });

  it("name the tenants that they refuse most", async () => {
    routes["GET /limited-tenants"] = { body: { items: [{ tenant: "globex", last15Minutes: 12, last24Hours: 340 }] } };
    expect((await cli("limits", "refused")).stdout).toMatch(/globex +12 +340/);
  });
});

describe("the IdP radar", () => {
  const at = "2026-01-01T00:00:00.000Z";
  const finding = { code: "key_withdrawn", kid: "key-a", severity: "medium", since: at, detail: "The provider no longer publishes key-a." };
  const row = {
    ...{ tenant: "acme", identityProvider: "main", issuer: "https://login.acme.example", state: "attention", detail: null, probedAt: at, keys: 2 },
    findings: [finding, { ...finding, code: "new_key", severity: "low" }],
  };

  it("is listed for all tenants by state and search, and for one", async () => {
    routes["GET /radar"] = { body: { items: [row], nextCursor: null, total: 1 } };
    const { stdout } = await cli("idps", "radar", "--state", "attention", "--search", "acme");
    expect(stdout).toMatch(/acme +main +attention +2 .* key_withdrawn key-a \+1/);
    expect(Object.fromEntries(new URLSearchParams(server?.seen.at(-1)?.path.split("?")[1]))).toMatchObject({ state: "attention", query: "acme" });
    routes["GET /tenants/acme/radar"] = { body: { items: [{ ...row, state: "failing", findings: [], detail: "it does not answer" }] } };
    expect((await cli("idp", "radar", "acme")).stdout).toMatch(/acme +main +failing +2 .* it does not answer/);
    expect((await cli("idp", "radar", "acme", "--state", "failing")).code).toBe(1);
  });

  it("shows a provider's keys, since when they are there, and which node holds which; and asks it anew", async () => {
    const key = { kid: "key-a", kty: "EC", alg: "ES256", problem: null, firstSeenAt: at, vanishedAt: at, heldBy: 1, nodes: ["edge-1"] };
    const keyRows = [{ ...key, kid: null, alg: null, vanishedAt: null, heldBy: 0, nodes: null }, key];
    routes["GET /tenants/acme/identity-providers/main/radar"] = { body: { ...row, keyRows } };
    const { stdout } = await cli("idp", "radar", "acme", "main");
    expect(stdout).toContain("MEDIUM key_withdrawn: The provider no longer publishes key-a.");
    expect(stdout).toMatch(/\(none\) +EC +.* ago +– +0/);
    expect(stdout).toMatch(/key-a +ES256 +.* ago +.* ago +edge-1/);
    routes["POST /tenants/acme/identity-providers/main/probe"] = { body: { ...row, state: "well", keyRows } };
    expect((await cli("idp", "probe", "acme", "main")).stdout).toMatch(/state: +well/);
  });
});

describe("lockouts", () => {
  const base = "/tenants/acme/lockouts";
  const id = "A".repeat(43);
  const row = {
    id,
    address: "203.0.113.7",
    username: null,
    failures: 5,
    reason: "invalid_token",
    since: "2026-01-01T00:00:00.000Z",
    until: "2099-01-01T00:00:00.000Z",
  };

  it("are listed with why and until when, and it is said when there are more", async () => {
    routes[`GET ${base}`] = { body: { items: [row, { ...row, address: "*", username: "ada" }], total: 7 } };
    const { stdout, stderr } = await cli("lockouts", "ls", "acme", "--limit", "1");
    expect(stdout).toMatch(new RegExp(`203\\.0\\.113\\.7 +any +5 +invalid_token .*2099-01-01T00:00:00.000Z +${id}`));
    expect(stdout).toMatch(/anywhere +ada +5/);
    expect(stderr).toContain("There are 7");
    expect(server?.seen.at(-1)?.path).toContain("limit=1");
  });

  it("of all tenants are looked for by whom they keep out and by a part of the address or username", async () => {
    routes["GET /lockouts"] = { body: { items: [{ ...row, tenant: "globex" }], total: 1 } };
    const { stdout } = await cli("lockouts", "ls", "--kind", "address", "--search", "203.0.113.0/24");
    expect(stdout).toMatch(/^tenant +address/i);
    expect(stdout).toMatch(/\nglobex +203\.0\.113\.7 /);
    const asked = () => new URLSearchParams(server?.seen.at(-1)?.path.split("?")[1]);
    expect(Object.fromEntries(asked())).toEqual({ kind: "address", search: "203.0.113.0/24", limit: "100" });
    await cli("lockouts", "ls", "globex", "--kind", "username");
    expect(Object.fromEntries(asked())).toEqual({ tenant: "globex", kind: "username", limit: "100" });
    expect((await cli("lockouts", "ls", "--kind", "everybody")).code).toBe(1);
  });

  it("end by id, or all; and none ends when it is not said which", async () => {
    routes[`DELETE ${base}/${id}`] = { status: 204, body: "" };
    expect(await cli("lockouts", "unlock", "acme", id)).toMatchObject({ code: 0, stderr: "The address may try again.\n" });
    routes[`POST ${base}/end`] = { body: { ended: 2 } };
    expect((await cli("lockouts", "unlock", "acme", "--all")).stderr).toBe("2 addresses may try again at acme.\n");
    for (const wrong of [[], [id, "--all"]]) expect((await cli("lockouts", "unlock", "acme", ...wrong)).code).toBe(1);
    expect(seen(`POST ${base}/end`).map(({ body }) => body)).toEqual([{ all: true }]);
    routes["POST /lockouts/end"] = { body: { ended: 9 } };
    expect((await cli("lockouts", "unlock", "--search", "203.0.113.7")).stderr).toBe("9 addresses may try again at every tenant.\n");
    await cli("lockouts", "unlock", "acme", "--search", "ada");
    expect(seen("POST /lockouts/end").map(({ body }) => body)).toEqual([{ search: "203.0.113.7" }, { tenant: "acme", search: "ada" }]);
    expect((await cli("lockouts", "unlock")).code).toBe(1);
  });
});

describe("nodes", () => {
  const node = {
    ...{ name: "gateway-1", group: "default", version: "0.1.0", sync: "live", health: "serving", revision: 7, targetRevision: 7, rootHash: null },
    ...{ lastHeartbeatAt: null, requestsPerSecond: 0, p50: null, p95: null, lastError: null, problems: [], kid: "K".repeat(43) },
  };
  const key = { since: "2026-01-01T00:00:00.000Z", renews: true, askedAt: null };

  it("are described with their key, since when it is in use, and what overlaps", async () => {
    routes["GET /nodes/gateway-1"] = {
      body: { ...node, key: { ...key, previous: { kid: "old", renewedAt: key.since, acceptedUntil: "2099-01-01T00:00:00.000Z" } } },
    };
    const { stdout } = await cli("nodes", "describe", "gateway-1");
    expect(stdout).toContain("K".repeat(43));
    expect(stdout).toMatch(/key since: +2026-01-01T00:00:00.000Z \(.*\); the one before is good until 2099-01-01T00:00:00.000Z/);
    // An older control plane says nothing of keys' ages.
    routes["GET /nodes/gateway-1"] = { body: node };
    expect((await cli("nodes", "describe", "gateway-1")).code).toBe(0);
  });

  it("are asked to renew their keys, and why they cannot is told", async () => {
    routes["POST /nodes/gateway-1/renew-key"] = { status: 204, body: "" };
    expect(await cli("nodes", "renew", "gateway-1")).toMatchObject({ code: 0, stdout: "" });
    routes["POST /nodes/gateway-1/renew-key"] = {
      status: 409,
      body: { code: "precondition", title: "No", detail: "The node's build does not renew keys." },
    };
    const refused = await cli("nodes", "renew", "gateway-1");
    expect([refused.code, refused.stderr.includes("does not renew keys")]).toEqual([1, true]);
  });
});

describe("health", () => {
  const check = (id: string, state: string, titles: string[] = []) => ({
    ...{ id, title: `Title of ${id}`, area: "Nodes", severity: "high", state, since: "2026-01-01T00:00:00.000Z", looksAt: "something" },
    ...{
      cause: "It broke.",
      remedy: "Mend it.",
      docs: `health-checks.md#${id.toLowerCase()}`,
      unknown: state === "unknown" ? "Nobody looked." : null,
    },
    problems: titles.map((title) => ({ severity: "high", title, detail: "Details.", since: "2026-01-01T00:00:00.000Z" })),
  });
  const serve = (...items: unknown[]) => {
    routes["GET /health-checks"] = { body: { items } };
  };

  it("lists what does not hold, each finding on a line, and ends with 1 when something fails", async () => {
    serve(check("SP-NODE-001", "fail", ["edge-1 is silent", "edge-2 is silent"]), check("SP-NODE-002", "ok"), check("SP-CTRL-003", "unknown"));
    const { stdout, stderr, code } = await cli("health");
    expect(code).toBe(1);
    expect(stdout).toMatch(/SP-NODE-001 +fail +.* edge-1 is silent\nSP-NODE-001 +fail +.* edge-2 is silent\nSP-CTRL-003 +unknown .*Nobody looked\./);
    expect(stdout).not.toContain("SP-NODE-002");
    expect(stderr).toContain("1 of 3 checks hold.");
    expect(stderr).toContain('see "sallyport health SP-NODE-001"');
  });

  it("ends with 0 when nothing fails, what warns and what is unknown included", async () => {
    serve(check("SP-NODE-004", "warn", ["edge-1 is behind"]), check("SP-NODE-002", "ok"));
    expect((await cli("health")).code).toBe(0);
    expect((await cli("health", "--all")).stdout).toContain("Title of SP-NODE-002");
    serve(check("SP-NODE-002", "ok"));
    expect(await cli("health")).toMatchObject({ code: 0, stdout: "", stderr: "1 of 1 checks hold.\n" });
  });

  it("asks one check anew, says what to do, and ends with 1 when it fails", async () => {
    routes["POST /health-checks/SP-NODE-001/recheck"] = { body: check("SP-NODE-001", "fail", ["edge-1 is silent"]) };
    const { stdout, code } = await cli("health", "SP-NODE-001");
    expect([code, stdout.includes("Mend it."), stdout.includes("edge-1 is silent")]).toEqual([1, true, true]);
    routes["POST /health-checks/SP-NODE-001/recheck"] = { body: check("SP-NODE-001", "ok") };
    expect((await cli("health", "SP-NODE-001", "--json")).code).toBe(0);
  });
});

describe("the portal", () => {
  const base = "/tenants/acme/portal-invitations";
  const row = {
    ...{ id: "0199aaaa-0000-7000-8000-000000000000", recipient: "Art Vandelay", intents: ["test"], state: "in_use" },
    ...{ expiresAt: "2099-01-01T00:00:00.000Z", lastSeenAt: null },
  };
  const link = "https://sallyport.example/portal/invitation#spi_canary";

  it("is opened by a link that is printed alone, and listed without it", async () => {
    routes[`POST ${base}`] = { status: 201, body: { ...row, link } };
    expect(await cli("portal", "invite", "acme", "Art Vandelay")).toMatchObject({
      code: 0,
      stdout: `${link}\n`,
      stderr: expect.stringContaining("Art Vandelay alone"),
    });
    await cli("portal", "invite", "acme", "Art Vandelay", "--for", "test", "--days", "2");
    expect(seen(`POST ${base}`).map(({ body }) => body)).toEqual([
      { recipient: "Art Vandelay", intents: ["identity_provider", "test"], expiresInDays: 7 },
      { recipient: "Art Vandelay", intents: ["test"], expiresInDays: 2 },
    ]);
    routes[`GET ${base}`] = { body: { items: [row] } };
    expect((await cli("portal", "ls", "acme")).stdout).toMatch(/Art Vandelay +in use +test +never +2099-01-01/);
  });

  it("is closed again", async () => {
    routes[`DELETE ${base}/${row.id}`] = { status: 204, body: "" };
    expect(await cli("portal", "revoke", "acme", row.id)).toMatchObject({ code: 0, stdout: "", stderr: "The access is revoked.\n" });
  });
});

it("keys of an identity provider are purged", async () => {
  routes["POST /tenants/acme/identity-providers/main/purge-keys"] = { status: 204, body: "" };
  expect(await cli("idp", "purge-keys", "acme", "main")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("acme/main") });
  expect((await cli("idp", "purge-keys", "acme")).code).toBe(1);
});

describe("secrets", () => {
  const secretFile = (name: string, from: string) =>
    `apiVersion: sallyport.dev/v1\nkind: Secret\nmetadata: { name: ${name}, tenant: acme }\nspec:\n  type: client_secret\n  valueFrom: ${from}\n`;

  it("are read where the file says, and sent; a file's last line break is not part of the value", async () => {
    await writeFile(path.join(folder, "okta.txt"), "from-a-file\n");
    await writeFile(file, [secretFile("one", "{ env: OKTA_SECRET }"), secretFile("two", "{ file: okta.txt }")].join("---\n"));
    routes["POST /config/apply"] = { body: { changes: [] } };
    const run = await runCli(["apply", "-f", file], { env: { ...env(), OKTA_SECRET: "from-the-environment" } });
    expect(run.code).toBe(0);
    expect(seen("POST /config/apply")[0]?.body).toMatchObject({
      documents: [{ spec: { type: "client_secret", value: "from-the-environment" } }, { spec: { type: "client_secret", value: "from-a-file" } }],
    });
    expect(JSON.stringify(seen("POST /config/apply")[0]?.body)).not.toContain("valueFrom");
    expect(run.stdout + run.stderr).not.toMatch(/from-/);
  });

  it("that are not where the file says are told with their place, and nothing is sent", async () => {
    await writeFile(file, [secretFile("one", "{ env: NOT_SET }"), secretFile("two", "{ file: nowhere.txt }")].join("---\n"));
    const run = await cli("diff", "-f", file);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(`${file}:6:21: Secret acme/one: spec.valueFrom.env names NOT_SET, which is not set here`);
    expect(run.stderr).toMatch(/:13:22: Secret acme\/two: spec\.valueFrom\.file names nowhere\.txt, which cannot be read/);
    expect(server?.seen).toEqual([]);
  });

  it("cannot stand in a file themselves", async () => {
    await writeFile(file, secretFile("one", "{ env: X }").replace("valueFrom: { env: X }", "value: hunter2"));
    const run = await cli("validate", "-f", file);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("spec.value is unknown; known here: type, valueFrom") });
    expect(run.stderr).not.toContain("hunter2");
  });

  it("are set from standard input, a file or the environment, and never by an argument", async () => {
    routes["PUT /tenants/acme/secrets/okta/value"] = { body: { name: "okta", hasValue: true, valueVersion: 3 } };
    await writeFile(path.join(folder, "okta.txt"), "from-a-file\r\n");
    const set = ["secret", "set", "acme", "okta"];
    const piped = await runCli(set, { env: env(), input: "from-a-pipe\n" });
    expect(piped).toMatchObject({ code: 0, stdout: "acme/okta has version 3 of its value\n" });
    await cli(...set, "--from-file", path.join(folder, "okta.txt"));
    await runCli([...set, "--from-env", "OKTA"], { env: { ...env(), OKTA: "from-the-environment" } });
    expect(seen("PUT /tenants/acme/secrets/okta/value").map(({ body }) => body)).toEqual([
      { value: "from-a-pipe" },
      { value: "from-a-file" },
      { value: "from-the-environment" },
    ]);
    expect((await cli(...set, "hunter2")).code).toBe(1);
    expect((await cli(...set, "--from-env", "NOT_SET")).stderr).toBe("NOT_SET is not set here.\n");
  });
});

describe("diff and apply", () => {
  it("diff ends with 0 without a difference and with 2 with one; data on stdout, messages on stderr", async () => {
    routes["POST /config/plan"] = { body: { changes: [UNCHANGED] } };
    expect(await cli("diff", "-f", file)).toEqual({ code: 0, stdout: "", stderr: "1 unchanged\n" });
    routes["POST /config/plan"] = { body: { changes: [UNCHANGED, CHANGE, RENAMED] } };
    routes["POST /draft/serving"] = { body: SERVING };
    expect(await cli("diff", "-f", file)).toEqual({
      code: 2,
      stdout: [
        "~ Route acme/api",
        "    websocket: false → true",
        "~ Tenant globex",
        '    displayName: "G" → "Globex"',
        "",
        "other hashes: tenants/acme",
        ...SERVED,
        "for people only, nothing for nodes: tenants/globex",
        "",
      ].join("\n"),
      stderr: "2 to change, 1 unchanged\n",
    });
    expect(seen("POST /config/plan")[0]?.body).toEqual({ documents: [TENANT], prune: false });
    expect(seen("POST /draft/serving")[0]?.body).toEqual({ sections: ["tenants/acme"] });
  });

  it("diff works for a token that may not read the draft, and says what it leaves out", async () => {
    routes["POST /config/plan"] = { body: { changes: [CHANGE] } };
    routes["POST /draft/serving"] = { status: 403, body: { code: "forbidden", detail: "no" } };
    const run = await cli("diff", "-f", file);
    expect(run).toMatchObject({ code: 2, stdout: "~ Route acme/api\n    websocket: false → true\n" });
    expect(run.stderr).toContain("is not shown: the token may not read the draft");
  });

  it("a file that is not valid never reaches the console, and ends with 1", async () => {
    await writeFile(file, "kind: Tenant");
    expect(await cli("diff", "-f", file)).toMatchObject({ code: 1, stdout: "" });
    expect(server?.seen).toEqual([]);
  });

  it("what the console finds wrong is told with its place in the file", async () => {
    const issues = [{ path: "documents.0.spec.displayName", message: "is taken; choose another" }];
    routes["POST /config/apply"] = { status: 422, body: { code: "invalid", detail: "…", issues, request_id: "r" } };
    expect(await cli("apply", "-f", file)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${file}:8:20: Tenant acme: spec.displayName is taken; choose another\n1 error\n`,
    });
  });

  it("sends what authors wrote to people along with what they declare, and a dump has it in place again", async () => {
    const text = `# yaml-language-server: $schema=x
# Of Acme.
apiVersion: sallyport.dev/v1
kind: Tenant
metadata: { name: acme }
spec:
  displayName: Acme # as on the contract
---
apiVersion: sallyport.dev/v1
kind: Tenant
metadata: { name: globex }
spec: { displayName: Globex }
`;
    await writeFile(file, text);
    routes["POST /config/apply"] = { body: { changes: [] } };
    expect((await cli("apply", "-f", file)).code).toBe(0);
    const sent = seen("POST /config/apply")[0]?.body as { documents: object[]; sources: (string | null)[] } | undefined;
    const { documents = [], sources = [] } = sent ?? {};
    expect(sources[0]).toContain("# Of Acme.");
    expect(sources[0]).toContain("displayName: Acme # as on the contract");
    expect(sources[0]).not.toContain("yaml-language-server");
    expect(sources[1]).toBeNull();
    // What is declared has moved on since.
    const renamed = { ...TENANT, spec: { displayName: "Acme Inc." } };
    routes["GET /config"] = { body: { documents: [renamed, documents[1]], sources } };
    const { stdout } = await cli("dump");
    expect(stdout).toContain("# Of Acme.");
    expect(stdout).toContain("displayName: Acme Inc. # as on the contract");
    expect(parseAllDocuments(stdout).map((document) => document.getIn(["metadata", "name"]))).toEqual(["acme", "globex"]);
  });

  it("deletes only with --prune, and writes nothing with --dry-run", async () => {
    routes["POST /config/plan"] = { body: { changes: [{ ...CHANGE, change: "delete", fields: [] }] } };
    const run = await cli("apply", "-f", file, "--prune", "--dry-run");
    expect(run).toEqual({ code: 0, stdout: "- Route acme/api\n", stderr: "1 to delete; nothing was written\n" });
    expect(server?.seen.map(({ path: at, body }) => [at, body])).toEqual([["/config/plan", { documents: [TENANT], prune: true }]]);
  });

  it("apply alone asks for no more than it needs: a token that may not read the draft will do", async () => {
    routes["POST /config/apply"] = { body: { changes: [CHANGE] } };
    expect(await cli("apply", "-f", file)).toMatchObject({ code: 0, stderr: expect.stringContaining("In the draft.") });
    expect(server?.seen.map(({ path: at }) => at)).toEqual(["/config/apply"]);
  });

  it("apply --publish a second time publishes nothing and ends with 0", async () => {
    routes["POST /config/apply"] = { body: { changes: [UNCHANGED] } };
    routes["GET /draft"] = { body: { base: 7, unpublished: 0, sections: [] } };
    expect(await cli("apply", "-f", file, "--publish", "-m", "Again")).toMatchObject({ code: 0 });
    expect(seen("POST /revisions")).toEqual([]);
  });

  it("apply --publish publishes what the files touch, and leaves unfinished edits elsewhere alone", async () => {
    routes["POST /config/apply"] = { body: { changes: [UNCHANGED, CHANGE] } };
    routes["GET /draft"] = { body: { base: 7, unpublished: 2, sections: [{ name: "tenants/acme" }, { name: "tenants/globex" }] } };
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    const run = await cli("apply", "-f", file, "--publish", "-m", "Why", "--confirm", "acme/api");
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("1 unpublished section that these files do not touch: left alone.") });
    expect(seen("POST /revisions")[0]?.body).toEqual({ comment: "Why", sections: ["tenants/acme"], confirm: "acme/api" });
  });
});

describe("ready limits", () => {
  it("are documents that a file can hold as they are, and docs/rate-limits.md tells of each", async () => {
    const { stdout, code } = await cli("ready-limits");
    expect(code).toBe(0);
    await writeFile(file, stdout);
    expect(await cli("validate", "-f", file)).toMatchObject({ code: 0 });
    const page = await readFile(new URL("../../../docs/rate-limits.md", import.meta.url), "utf8");
    const names = [...stdout.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name]) => name);
    expect(names).toHaveLength(6);
    for (const name of names) expect(page).toContain(`| \`${name}\` |`);
  });
});

describe("bundle", () => {
  const made = (over: object = {}) => ({
    status: 201,
    body: {
      ...{ group: "edge-eu", revision: 7, current: 7, node: null, isSealed: true, signedBy: "k".repeat(43), bundle: "{}\nsha256 00\n" },
      ...over,
    },
  });

  it("writes the file for its owner only, says how a node starts from it, and what is not in it", async () => {
    routes["POST /bundles"] = made();
    const out = path.join(folder, "edge-eu.bundle");
    const run = await cli("bundle", "--group", "edge-eu", "--out", out);
    expect(run).toMatchObject({ code: 0, stdout: "" });
    expect(run.stderr).toContain("It has no key to the tenants' secrets");
    expect(run.stderr).toContain(`SALLYPORT_BUNDLE_KEY=${"k".repeat(43)} and SALLYPORT_BUNDLE_GROUP=edge-eu.`);
    expect(run.stderr).not.toContain("is not in it");
    expect(await readFile(out, "utf8")).toBe("{}\nsha256 00\n");
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(seen("POST /bundles")[0]?.body).toEqual({ group: "edge-eu" });
  });

  it("asks for one revision and one node, writes to standard output byte for byte, and warns of an older one", async () => {
    routes["POST /bundles"] = made({ revision: 5, node: "edge-1" });
    const run = await cli("bundle", "--group", "edge-eu", "--revision", "5", "--node", "edge-1", "--out", "-");
    expect(run).toMatchObject({ code: 0, stdout: "{}\nsha256 00\n" });
    expect(run.stderr).toContain("The group's nodes run revision 7 now: what was revoked since revision 5 is not in it.");
    expect(seen("POST /bundles")[0]?.body).toEqual({ group: "edge-eu", revision: 5, node: "edge-1" });
  });

  it("leaves nothing behind where it cannot write", async () => {
    routes["POST /bundles"] = made();
    const out = path.join(folder, "nowhere", "b");
    expect(await cli("bundle", "--out", out)).toMatchObject({ code: 1, stderr: expect.stringContaining(`${out} cannot be written`) });
  });
});

describe("review", () => {
  const warning = {
    ...{ id: "route_public:tenants/acme/routes/api:1f0c2a9e", severity: "opening", path: "tenants/acme/routes/api" },
    ...{ message: "lets / pass without a credential", remedy: "Require a credential." },
  };
  const side = (slug: string) => ({ tenant: slug, path: `tenants/${slug}/identityProviders/main`, rules: ["tenantClaim is not set"] });
  const violation = { presents: "token", example: { iss: "https://i.example", aud: "api" }, sides: [side("acme"), side("globex")] };
  const answer = (over: object = {}) => ({
    body: {
      ...{ base: 7, sections: ["tenants/acme"], ok: true, errors: [], isolation: { ok: true, violations: [] } },
      ...{ warnings: [warning], word: "acme/api" },
      reach: { ...SERVING, sections: [{ name: "tenants/acme", before: "a".repeat(64), after: "b".repeat(64) }], metadataOnly: ["globex"] },
      ...over,
    },
  });

  it("shows hashes, nodes, warnings with what to copy, and the word that opens", async () => {
    routes["POST /draft/review"] = answer();
    const run = await cli("review", "--section", "tenants/acme");
    expect(run.code).toBe(0);
    expect(run.stdout.split("\n")).toEqual([
      "1 section to publish",
      "  tenants/acme  aaaaaaaaaaaa → bbbbbbbbbbbb",
      "saved for people only, nothing for nodes: globex",
      ...SERVED,
      "isolation proven",
      "opening  tenants/acme/routes/api lets / pass without a credential",
      "    Require a credential.",
      `    ${warning.id}`,
      'publishing this opens what is protected now: --confirm "acme/api"',
      "",
    ]);
    expect(seen("POST /draft/review")[0]?.body).toEqual({ sections: ["tenants/acme"] });
  });

  it("ends with 1 where a publish would be refused, and shows the token that two tenants would take", async () => {
    routes["POST /draft/review"] = answer({ ok: false, isolation: { ok: false, violations: [violation] } });
    routes["POST /draft/probe"] = { body: { warnings: [{ ...warning, severity: "notice", message: "cannot be reached" }], asked: 1, skipped: 2 } };
    const run = await cli("review", "--probe");
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('  one token for two tenants: {"iss":"https://i.example","aud":"api"}\n    tenants/acme/identityProviders/main\n');
    expect(run.stdout).toContain("notice  tenants/acme/routes/api cannot be reached");
    expect(run.stderr).toContain("left out 2");
  });

  it("publish and rollback hand on what is meant, and tell what is missing with the ids", async () => {
    const refusal = { path: warning.id, message: "tenants/acme/routes/api lets / pass" };
    const issues = [refusal, { path: "confirm", message: "type acme/api" }];
    routes["POST /revisions"] = { status: 409, body: { code: "unconfirmed", detail: "Look at what this weakens.", issues } };
    const run = await cli("publish", "-m", "Why");
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`  ${warning.id}: tenants/acme/routes/api lets / pass\n  confirm: type acme/api\n`);
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    routes["POST /revisions/3/rollback"] = { status: 201, body: { revision: 9 } };
    const meant = ["--acknowledge", warning.id, "--confirm", "acme/api"];
    expect((await cli("publish", "-m", "Why", "--section", "tenants/acme", ...meant)).code).toBe(0);
    expect(seen("POST /revisions").at(-1)?.body).toEqual({
      ...{ comment: "Why", sections: ["tenants/acme"], acknowledge: [warning.id], confirm: "acme/api" },
    });
    expect((await cli("rollback", "3", "-m", "Back", "--confirm", "acme/api")).code).toBe(0);
    expect(seen("POST /revisions/3/rollback")[0]?.body).toEqual({ comment: "Back", confirm: "acme/api" });
  });
});

describe("test", () => {
  const step = (name: string, result: string, detail: string) => ({ step: name, result, detail });
  const failed = {
    ...{ path: "tenants/acme/policyTests/guard", description: "Orders are for people.", at: null, passed: false },
    ...{ expected: "refused with missing_token", got: "let in as nobody by the route all to acme" },
    ...{ differences: ["It was not refused; expected missing_token"], decidedAt: "route", nearMisses: [] },
    steps: [step("admit", "pass", "GET on acme.example"), step("route", "pass", "all"), step("match", "skipped", "a public route")],
  };
  const passed = { ...failed, path: "policyTests/nobody", passed: true };
  const body = { revision: null, passed: 1, failed: 1, outcomes: [passed, failed] };

  it("ends with 2 when one fails, and says what was expected, got, and the way to the step that decided", async () => {
    routes["POST /test-runs"] = { body };
    const run = await cli("test");
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining("1 passed, 1 failed on the draft.") });
    expect(run.stdout.split("\n")).toEqual([
      "pass  policyTests/nobody",
      "FAIL  tenants/acme/policyTests/guard",
      "    Orders are for people.",
      "    expected  refused with missing_token",
      "    got       let in as nobody by the route all to acme",
      "    It was not refused; expected missing_token",
      "    admit         passed: GET on acme.example",
      "    route         passed: all",
      "",
    ]);
    expect(seen("POST /test-runs")[0]?.body).toEqual({ on: "draft" });
  });

  it("of one tenant on what is live ends with 0 when all pass, and with 1 when they cannot be run", async () => {
    routes["POST /tenants/acme/test-runs"] = { body: { revision: 7, passed: 1, failed: 0, outcomes: [passed] } };
    const run = await cli("test", "--tenant", "acme", "--on", "live");
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("1 passed, 0 failed on revision 7.") });
    routes["POST /tenants/acme/test-runs"] = { status: 409, body: { code: "precondition", detail: "Tests cannot run." } };
    expect(await cli("test", "--tenant", "acme")).toMatchObject({ code: 1, stderr: expect.stringContaining("Tests cannot run.") });
  });

  it("publish --dry-run runs them, publishes nothing, and ends with 1 where the publish would be refused", async () => {
    const review = {
      ...{ base: 7, sections: ["tenants/acme"], ok: true, errors: [], isolation: { ok: true, violations: [] }, warnings: [], word: null },
      ...{ reach: { ...SERVING, sections: [], metadataOnly: [] }, tests: { total: 2, passed: 1, failed: [failed] }, testWord: "acme/guard" },
    };
    routes["POST /draft/review"] = { body: review };
    const run = await cli("publish", "-m", "Why", "--dry-run");
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("It would be refused: 1 of its policy tests fail.") });
    expect(run.stdout).toContain("1 of 2 policy tests passed\nFAIL  tenants/acme/policyTests/guard\n");
    const meant = ["--overrule", "acme/guard", "--reason", "It is from before the redesign."];
    expect(await cli("publish", "-m", "Why", "--dry-run", ...meant)).toMatchObject({ code: 0 });
    expect(seen("POST /revisions")).toEqual([]);
    expect((await cli("publish", "-m", "Why", "--overrule", "acme/guard")).stderr).toContain("Give both a word and a reason");
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    expect((await cli("publish", "-m", "Why", ...meant)).code).toBe(0);
    expect(seen("POST /revisions")[0]?.body).toEqual({ comment: "Why", overrule: { confirm: "acme/guard", reason: meant[3] } });
  });
});

describe("approvals", () => {
  it("publish says which request waits, and ends with 1 where nodes were to be waited for", async () => {
    routes["POST /revisions"] = { status: 201, body: { waiting: 3 } };
    const run = await cli("publish", "-m", "Why", "--json");
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("Waiting for approval: request 3.") });
    expect(JSON.parse(run.stdout)).toEqual({ waiting: 3 });
    expect((await cli("publish", "-m", "Why", "--wait")).code).toBe(1);
    await cli("publish", "-m", "Why", "--break-glass", "publish without approval", "--reason", "Payments are down.");
    expect(seen("POST /revisions").at(-1)?.body).toMatchObject({ breakGlass: { confirm: "publish without approval", reason: "Payments are down." } });
  });

  it("are listed, approved and rejected with a reason", async () => {
    const request = {
      ...{ id: 3, state: "waiting", isVoid: true, comment: "Why", sections: ["tenants/acme"], requestedAt: "2026-03-01T12:00:00.000Z" },
      ...{ requestedByName: "Mara", decidedByName: null, reason: null, revision: null },
    };
    routes["GET /approvals"] = { body: { items: [request] } };
    routes["POST /approvals/3/approve"] = { body: { revision: 9 } };
    routes["POST /approvals/3/reject"] = { status: 204, body: "" };
    expect((await cli("approvals", "list")).stdout).toMatch(/^3 +void .* Mara +tenants\/acme +Why$/m);
    expect(await cli("approvals", "approve", "3")).toMatchObject({ code: 0, stderr: expect.stringContaining("Published revision 9.") });
    expect((await cli("approvals", "reject", "3")).code).toBe(1);
    expect((await cli("approvals", "reject", "3", "--reason", "Too early for this.")).code).toBe(0);
    expect(seen("POST /approvals/3/reject")[0]?.body).toEqual({ reason: "Too early for this." });
  });
});

describe("publish --stages and rollout", () => {
  const none = { total: 0, refused: 0 };
  const node = (name: string, state: string, more: object = {}) => ({
    ...{ name, group: "default", stage: 1, state, revision: 8, tookMs: state === "applied" ? 420 : null, applyMs: null, errors: [], ...more },
  });
  const rollout = (state: string, more: object = {}) => ({
    body: {
      ...{ revision: 8, base: 7, comment: "Why", authorName: "Mara", state, stage: 1, stages: 2, createdAt: "2026-03-01T12:00:00.000Z" },
      ...{ endedBy: null, halted: null, soakUntil: null, waitsFor: null, nodes: [node("edge-1", "applied"), node("edge-2", "held", { stage: 2 })] },
      plan: {
        stages: [
          { percent: 10, soakSeconds: 60, promote: "automatic" },
          { percent: 100, soakSeconds: 0, promote: "automatic" },
        ],
      },
      measured: { after: { total: 200, refused: 100 }, before: none, others: { total: 400, refused: 4 }, rise: 49 },
      ...more,
    },
  });

  it("sends the plan, tells each stage and each node's time, and ends with 0 when every node has it", async () => {
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    let looks = 0;
    routes["GET /rollouts/8"] = () => {
      looks += 1;
      const nodes = [node("edge-1", "applied"), node("edge-2", "applied", { stage: 2 })];
      return looks === 1 ? rollout("running") : rollout("completed", { stage: 2, nodes });
    };
    const stages = ["--stages", "10%:1s,100%:0s", "--refusal-rise", "3", "--no-rollback", "--supersede"];
    expect(await cli("publish", "-m", "Why", ...stages, "--wait")).toEqual({
      code: 0,
      stdout: "edge-1  stage 1  applied after 0.42 s\nedge-2  stage 2  applied after 0.42 s\n",
      stderr: expect.stringMatching(
        /first of its stages.*\nStage 1 of 2 is open\.\nStage 2 of 2 is open\.\nRevision 8 is at all of its 2 nodes\.\n$/,
      ),
    });
    expect(seen("POST /revisions")[0]?.body).toEqual({
      comment: "Why",
      rollout: {
        stages: [
          { percent: 10, soakSeconds: 1, promote: "automatic" },
          { percent: 100, soakSeconds: 0, promote: "automatic" },
        ],
        halt: { refusalRise: 3 },
        rollback: "manual",
      },
      supersede: true,
    });
  });

  it("ends with 1 when it was rolled back, and says why", async () => {
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    routes["GET /rollouts/8"] = rollout("rolled_back", { endedBy: 9, halted: "edge-1 refused it" });
    const run = await cli("publish", "-m", "Why", "--stages", "edge-1:1m", "--wait");
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Revision 8 was rolled back: edge-1 refused it. Revision 9 has the content of 7 again."),
    });
  });

  it("sends nothing for stages that cannot be read, and none for their options without them", async () => {
    expect(await cli("publish", "-m", "Why", "--stages", "10")).toMatchObject({ code: 1, stderr: expect.stringContaining("10%:5m") });
    for (const alone of [["--group", "edge-eu"], ["--refusal-rise", "3"], ["--min-requests", "5"], ["--no-rollback"]])
      expect(await cli("publish", "-m", "Why", ...alone)).toMatchObject({ code: 1, stderr: expect.stringContaining("add --stages") });
    expect(server?.seen).toEqual([]);
  });

  it("apply --publish takes the same: one command from files through the stages, with the exit code of their end", async () => {
    routes["POST /config/apply"] = { body: { changes: [CHANGE] } };
    routes["GET /draft"] = { body: { base: 7, unpublished: 1, sections: [{ name: "tenants/acme" }] } };
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    routes["GET /rollouts/8"] = rollout("completed", { stage: 2, nodes: [node("edge-1", "applied")] });
    const publishing = ["--publish", "-m", "Why", "--stages", "edge-1:1s,100%:0s", "--group", "edge-eu", "--supersede"];
    const word = ["--overrule", "publish anyway", "--reason", "The provider is away"];
    const run = await cli("apply", "-f", file, ...publishing, ...word, "--wait");
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("Revision 8 is at all of its 1 nodes.") });
    // Data is what was changed; each node's line is a message here.
    expect(run.stdout).toBe("~ Route acme/api\n    websocket: false → true\n");
    expect(run.stderr).toContain("edge-1  stage 1  applied after 0.42 s\n");
    expect(seen("POST /revisions")[0]?.body).toEqual({
      ...{ comment: "Why", sections: ["tenants/acme"], supersede: true, overrule: { confirm: "publish anyway", reason: "The provider is away" } },
      rollout: {
        stages: [
          { nodes: ["edge-1"], soakSeconds: 1, promote: "automatic" },
          { percent: 100, soakSeconds: 0, promote: "automatic" },
        ],
        groups: ["edge-eu"],
        rollback: "automatic",
      },
    });
    routes["GET /rollouts/8"] = rollout("rolled_back", { endedBy: 9, halted: "edge-1 refused it" });
    const back = await cli("apply", "-f", file, ...publishing, "--wait");
    expect(back).toMatchObject({ code: 1, stderr: expect.stringContaining("Revision 8 was rolled back: edge-1 refused it.") });
  });

  it("apply writes nothing when its publishing options do not go together", async () => {
    for (const [options, sentence] of [
      [["--stages", "10%"], "--stages and --supersede need --publish"],
      [["--supersede"], "--stages and --supersede need --publish"],
      [["--publish", "-m", "Why", "--group", "edge-eu"], "add --stages"],
      [["--publish", "-m", "Why", "--overrule", "publish anyway"], "--reason"],
    ] as const)
      expect(await cli("apply", "-f", file, ...options)).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(sentence) });
    expect(server?.seen).toEqual([]);
  });

  it("shows the newest one, and changes it", async () => {
    routes["GET /rollouts"] = { body: { items: [rollout("running").body], nextCursor: null } };
    routes["GET /rollouts/8"] = rollout("running", { waitsFor: "promotion" });
    routes["POST /rollouts/8/promote"] = rollout("running", { stage: 2 });
    const status = await cli("rollout", "status");
    expect(status.stdout).toMatch(/running, waits for somebody to promote it/);
    expect(status.stdout).toMatch(/refused, new: 50\.0 % of 200/);
    expect(status.stdout).toMatch(/edge-2 +default +2 +held/);
    expect((await cli("rollout", "promote")).stdout).toMatch(/stage: +2 of 2/);
    expect((await cli("rollout", "ls")).stdout).toMatch(/8 +running +1\/2/);
  });
});

describe("publish --wait", () => {
  const node = (name: string, state: string, errors: object[] = []) => ({
    name,
    state,
    appliedAt: state === "applied" ? "2026-03-01T12:00:00.420Z" : null,
    applyMs: state === "applied" ? 12.34 : null,
    errors,
  });
  const revision = (state: string, nodes: object[]) => ({
    body: {
      number: 8,
      comment: "c",
      authorName: "Mara",
      createdAt: "2026-03-01T12:00:00.000Z",
      rootHash: "ab",
      sectionsChanged: 1,
      state,
      applied: 0,
      targets: nodes.length,
      rolledBackFrom: null,
      groups: [],
      nodes,
      changes: [],
    },
  });

  it("prints each node's time once, and ends with 0 when all have it", async () => {
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    let looks = 0;
    routes["GET /revisions/8"] = () => {
      looks += 1;
      return looks === 1
        ? revision("pending", [node("gateway-1", "applied"), node("gateway-2", "pending")])
        : revision("live", [node("gateway-1", "applied"), node("gateway-2", "applied")]);
    };
    expect(await cli("publish", "-m", "Why", "--wait")).toEqual({
      code: 0,
      stdout: "gateway-1  applied after 0.42 s (12.3 ms at the node)\ngateway-2  applied after 0.42 s (12.3 ms at the node)\n",
      stderr: "Published revision 8.\nRevision 8 is live on 2 of 2 nodes.\n",
    });
    expect(seen("POST /revisions")[0]?.body).toEqual({ comment: "Why" });
  });

  it("ends with 1 and the node's reason when a node refuses", async () => {
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    const refusal = { code: "compile_failed", path: "tenants/acme/routes/api", message: "no upstream" };
    routes["GET /revisions/8"] = revision("pending", [node("gateway-1", "refused", [refusal])]);
    const run = await cli("publish", "-m", "Why", "--wait");
    expect(run.code).toBe(1);
    expect(run.stdout).toBe("gateway-1  refused\n    compile_failed at tenants/acme/routes/api: no upstream\n");
  });

  it("ends with 1 when time runs out, and names who is missing", async () => {
    routes["POST /revisions"] = { status: 201, body: { revision: 8 } };
    routes["GET /revisions/8"] = revision("pending", [node("gateway-1", "pending")]);
    const run = await cli("publish", "-m", "Why", "--wait", "--timeout", "1");
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("Not everywhere after 1 s: gateway-1.") });
  });

  it("without a comment nothing is published", async () => {
    expect(await cli("publish")).toMatchObject({ code: 1, stderr: expect.stringContaining("--message") });
    expect(server?.seen).toEqual([]);
  });
});

describe("data for people and for programs", () => {
  it("dump names the schema for editors, and its documents are what the console said", async () => {
    const documents = [{ ...TENANT, spec: { displayName: "Acme: #1 'yes'", domains: ["a.example"] } }];
    routes["GET /config"] = { body: { documents } };
    const { stdout } = await cli("dump");
    expect(stdout.split("\n")[0]).toBe(`# yaml-language-server: $schema=${server?.url}/api/v1/schema`);
    expect(parseAllDocuments(stdout).map((document) => document.toJS())).toEqual(documents);
    await cli("dump", "-o", path.join(folder, "out"));
    expect(await readFile(path.join(folder, "out/tenants/acme.yaml"), "utf8")).toBe(stdout);
  });

  it("a slug in an answer that is none never becomes a path", async () => {
    routes["GET /config"] = { body: { documents: [{ ...TENANT, metadata: { name: "../../evil" } }] } };
    expect(await cli("dump", "-o", path.join(folder, "out"))).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was written") });
  });

  it("tenants ls goes on from page to page as far as --limit", async () => {
    const row = (slug: string) => ({ slug, displayName: slug, plan: "p", status: "active", idpCount: 1, routeCount: 2, change: "none" });
    routes["GET /tenants"] = ({ path: at }) => ({
      body: at.includes("cursor=next") ? { items: [row("b")], nextCursor: "more" } : { items: [row("a")], nextCursor: "next" },
    });
    const { stdout, stderr } = await cli("tenants", "ls", "--json", "--limit", "2");
    expect(JSON.parse(stdout).items.map(({ slug }: { slug: string }) => slug)).toEqual(["a", "b"]);
    expect(stderr).toContain("There are more than 2");
  });

  it("an answer of another form is refused with what to check", async () => {
    routes["GET /nodes"] = { body: { items: [{ name: 7 }] } };
    expect(await cli("nodes", "ls")).toMatchObject({ code: 1, stderr: expect.stringContaining("Are console and CLI of the same release?") });
  });

  it("what is no Sallyport is told apart from a refusal", async () => {
    routes["GET /nodes"] = { status: 502, headers: { "content-type": "text/html" }, body: "<html>" };
    expect(await cli("nodes", "ls")).toMatchObject({ code: 1, stderr: expect.stringContaining("answered 502, and not as a Sallyport console") });
  });

  it("alerts ack goes on after one that cannot be, and ends with 1", async () => {
    const alert = { number: 2, severity: "high", status: "acknowledged", title: "t", tenant: null, count: 1, lastSeenAt: "2026-03-01T12:00:00.000Z" };
    routes["POST /alerts/1/acknowledge"] = { status: 409, body: { code: "precondition", detail: "It is closed." } };
    routes["POST /alerts/2/acknowledge"] = { body: alert };
    const run = await cli("alerts", "ack", "1", "2");
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/A-1: It is closed\.\n*A-2 acknowledged\./);
  });

  it("a console that is away is one sentence", async () => {
    await server?.close();
    const run = await cli("nodes", "ls");
    expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached: [^\n]+\n$/) });
  });
});
