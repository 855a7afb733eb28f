import { describe, expect, it } from "vitest";
import { safeReturnPath } from "./return-path.js";

describe("where a browser goes after its login", () => {
  it.each(["/", "/orders?page=2&q=a%20b", "/a/b;c=d?x=//y", "/%7Euser", "/a?return_to=https%3A%2F%2Fevil.example", "/a.b/c..d"])(
    "%s is a place of this origin",
    (path) => {
      expect(safeReturnPath(path)).toBe(path);
    },
  );

  it.each([
    "",
    "orders",
    "https://evil.example/",
    "HTTPS:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/a//evil.example",
    "/./evil",
    "/a/../..//evil.example",
    "/..//evil.example",
    "/%2e%2e//evil.example",
    "/.%2E/evil",
    "/%2f/evil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/a%0d%0aSet-Cookie:%20x=y",
    "/a\r\nSet-Cookie: x=y",
    "/é",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.example",
    "/.sallyport/logout",
    "/.sallyport",
    `/${"a".repeat(2_000)}`,
  ])("%j is none", (path) => {
    expect(safeReturnPath(path)).toBeNull();
  });
});
