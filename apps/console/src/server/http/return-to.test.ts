import { expect, test } from "vitest";
import { safeReturnTo } from "@/server/http/return-to";

test.each([
  ["/tenants", "/tenants"],
  ["/tenants?status=suspended#row-3", "/tenants?status=suspended#row-3"],
  ["/tenants/../nodes", "/nodes"],
])("the path %s of this site is kept", (given, kept) => {
  expect(safeReturnTo(given)).toBe(kept);
});

test.each([
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\\\\evil.example",
  "https://evil.example/",
  "javascript:alert(1)",
  "/.//evil.example",
  "/%5C/../..//evil.example",
  " //evil.example",
  "tenants",
  "",
  null,
  undefined,
  `/${"a".repeat(3000)}`,
])("%j leads nowhere but home", (given) => {
  const target = safeReturnTo(given);
  expect(new URL(target, "https://console.example").origin).toBe("https://console.example");
  expect(target).toBe("/");
});
