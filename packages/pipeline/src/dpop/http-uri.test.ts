import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normaliseHttpUri } from "./http-uri.js";

const letters = (alphabet: string, size: { minLength: number; maxLength: number }) => fc.string({ unit: fc.constantFrom(...alphabet), ...size });
const label = letters("abcxyz019", { minLength: 1, maxLength: 8 });
/** Segments that no spelling rule touches: no dots at the front, unreserved and escaped-for-good characters. */
const segment = fc.oneof(
  letters("abcXYZ019-_~", { minLength: 1, maxLength: 6 }),
  fc.constantFrom("%2F", "%20", "a%3Fb", "%C3%A4", "x;y=1", "a:b@c", "%25", "~.x"),
);
const parts = fc.record({
  scheme: fc.constantFrom("http", "https"),
  host: fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join(".")),
  port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: null }),
  segments: fc.array(segment, { maxLength: 4 }),
});
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;
const write = ({ scheme, host, port, segments }: Parts): string =>
  `${scheme}://${host}${port === null ? "" : `:${port}`}${segments.map((each) => `/${each}`).join("")}`;
const usual = ({ scheme }: Parts): number => (scheme === "https" ? 443 : 80);
const mixed = (text: string, upper: readonly boolean[]): string =>
  [...text].map((char, at) => (upper[at % upper.length] === true ? char.toUpperCase() : char)).join("");
/** The segment with an escape that it does not need, and its own in lower case. */
const respelled = (text: string): string =>
  text.replace(/%../g, (found) => found.toLowerCase()).replace(/^[a-zA-Z0-9]/, (first) => `%${first.charCodeAt(0).toString(16)}`);

describe("an http URI in its one form", () => {
  test("is the form of every other spelling of it (RFC 3986 §6.2.2, §6.2.3)", () => {
    const cases = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(parts, cases, fc.boolean(), fc.constantFrom("", "?", "?a=b", "#x", "?a#b"), (uri, upper, detour, end) => {
        const isUsual = uri.port === null || uri.port === usual(uri);
        const port = isUsual ? (detour ? `:${usual(uri)}` : "") : `:${uri.port}`;
        const path = uri.segments.map((each) => `/${respelled(each)}`).join("");
        const walked = detour ? `/x/%2E%2e/.${path === "" ? "/" : path}` : path;
        const other = `${mixed(uri.scheme, upper)}://${mixed(uri.host, upper)}${port}${walked}${end}`;
        const form = normaliseHttpUri(write(uri));
        expect(form).not.toBeNull();
        expect(normaliseHttpUri(other)).toBe(form);
      }),
    );
  });

  test("stays as it is", () => {
    fc.assert(
      fc.property(parts, (uri) => {
        const once = normaliseHttpUri(write(uri));
        expect(normaliseHttpUri(once ?? "")).toBe(once);
      }),
    );
  });

  test("is another one for another scheme, host, port or path", () => {
    const identity = (uri: Parts): string => JSON.stringify([uri.scheme, uri.host, uri.port ?? usual(uri), uri.segments]);
    fc.assert(
      fc.property(parts, parts, (one, two) => {
        if (identity(one) === identity(two)) return;
        expect(normaliseHttpUri(write(one))).not.toBe(normaliseHttpUri(write(two)));
      }),
    );
  });

  test("is none for what is no http URI, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const result = normaliseHttpUri(text);
        expect(result === null || /^https?:\/\/[^/]+\/[\x21-\x7e]*$/.test(result)).toBe(true);
      }),
    );
  });

  test.each([
    ["HTTPS://API.Example.COM", "https://api.example.com/"],
    ["https://api.example.com.:443/", "https://api.example.com/"],
    ["http://api.example.com:0080/a", "http://api.example.com/a"],
    ["http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"],
    ["https://h/a/b/../c/./d/..", "https://h/a/c/"],
    ["https://h/../../a", "https://h/a"],
    ["https://h/%7euser/%c3%a4", "https://h/~user/%C3%A4"],
    ["https://h/a|b{c}", "https://h/a%7Cb%7Bc%7D"],
    ["https://h/a%7cb", "https://h/a%7Cb"],
    ["https://h/a?b=/../c", "https://h/a"],
    ["https://h/%2e%2e/a", "https://h/a"],
    ["https://h/a%2fb", "https://h/a%2Fb"],
  ])("%s is %s", (text, form) => {
    expect(normaliseHttpUri(text)).toBe(form);
  });

  test.each([
    "",
    "/orders",
    "//h/a",
    "ftp://h/a",
    "https:///a",
    "https://user@h/a",
    "https://h:70000/a",
    "https://h:/a",
    "https://h/ä",
    "https://hä/a",
    "https://h/a b",
    "https://h/%zz",
    "https://h/a\\b",
    " https://h/a",
    "https://h/a\n",
  ])("%j is none", (text) => {
    expect(normaliseHttpUri(text)).toBeNull();
  });

  test("is none for one that is longer than any request's", () => {
    expect(normaliseHttpUri(`https://h/${"a".repeat(9_000)}`)).toBeNull();
  });
});
