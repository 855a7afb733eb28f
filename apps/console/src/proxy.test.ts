import { NextRequest } from "next/server";
import { expect, test } from "vitest";
import { config, proxy } from "@/proxy";

const answer = (url: string) => proxy(new NextRequest(url));
const policyOf = (url: string): string => answer(url).headers.get("content-security-policy") ?? "";

test("every page answer has a policy with a nonce of its own, and no script without it", () => {
  const [first, second] = [policyOf("http://localhost:3000/tenants"), policyOf("http://localhost:3000/tenants")];
  const nonce = /'nonce-([A-Za-z0-9+/]{22}==)'/.exec(first)?.[1];
  expect(nonce).toBeDefined();
  expect(second).not.toContain(String(nonce));
  expect(first).toMatch(/script-src 'nonce-[^']+' 'strict-dynamic';/);
  expect(first).not.toMatch(/script-src[^;]*unsafe/);
  for (const part of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "connect-src 'self'",
    "object-src 'none'",
  ])
    expect(first).toContain(part);
});

test("a nonce that a client sends never gets into the page", () => {
  const response = proxy(
    new NextRequest("http://localhost:3000/", { headers: { "x-nonce": "attacker", "content-security-policy": "default-src *" } }),
  );
  expect(response.headers.get("x-middleware-request-x-nonce")).not.toBe("attacker");
  expect(response.headers.get("x-middleware-request-content-security-policy")).toContain("default-src 'none'");
});

test("a page is told its own path, whatever the client says it is", () => {
  const response = proxy(new NextRequest("http://localhost:3000/tenants?status=suspended", { headers: { "x-page-path": "//evil.example" } }));
  expect(response.headers.get("x-middleware-request-x-page-path")).toBe("/tenants?status=suspended");
});

test("over TLS browsers are told to stay there", () => {
  expect(answer("https://console.example/").headers.get("strict-transport-security")).toContain("max-age=63072000");
  expect(answer("http://localhost:3000/").headers.has("strict-transport-security")).toBe(false);
});

test("pages are covered, APIs and build files are not", () => {
  const [{ source }] = config.matcher as [{ source: string }];
  const pattern = new RegExp(`^${source}$`);
  for (const page of ["/", "/tenants/acme", "/sign-in", "/apiary"]) expect(pattern.test(page), page).toBe(true);
  for (const other of ["/api/trpc/x", "/_next/static/a.js", "/icon.svg"]) expect(pattern.test(other), other).toBe(false);
});
