import { expect, test } from "vitest";
import { GET } from "@/app/api/health/route";
import { POST } from "@/app/api/session/route";
import { callTrpc } from "@/server/testing/call-trpc";

// Nobody listens on port 1: a database that is away.
Object.assign(process.env, {
  APP_DATABASE_URL: "postgresql://app:app@127.0.0.1:1/none",
  FLEET_DATABASE_URL: "postgresql://fleet:fleet@127.0.0.1:1/none",
  SALLYPORT_MASTER_KEY: Buffer.alloc(32, 1).toString("base64"),
  SALLYPORT_PUBLIC_URL: "http://localhost:3000",
});

test("without its database the console says so, and nothing of where it is", async () => {
  const response = await GET();
  expect(response.status).toBe(503);
  expect(await response.text()).toBe('{"status":"failing","database":"unreachable"}');
});

test("calls are answered 503 with a way on, not 500", async () => {
  const headers = { host: "localhost:3000", origin: "http://localhost:3000", "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const body = JSON.stringify({ email: "mara@example.com", password: "violet harbour mosaic 42" });
  const signIn = await POST(new Request("http://localhost:3000/api/session", { method: "POST", headers, body }));
  expect(signIn.status).toBe(503);
  expect(signIn.headers.get("retry-after")).toBe("2");
  expect(await signIn.text()).not.toContain("127.0.0.1");
  const query = await callTrpc({ type: "query", path: "overview.get", cookie: `__Host-sallyport=${"A".repeat(43)}` });
  expect(query.status).toBe(503);
});
