import { describe, expect, it } from "vitest";
import { parseStateUrl } from "./state-url.js";

describe("the address of the state store", () => {
  it.each([
    ["redis://cache:6380/2", { kind: "single", hosts: [{ host: "cache", port: 6_380 }], tls: false, db: 2, username: null, password: null }],
    ["rediss://user:p%40ss@cache", { kind: "single", hosts: [{ host: "cache", port: 6_379 }], tls: true, username: "user", password: "p@ss" }],
    [
      "redis+cluster://a:1,[::1]:2",
      {
        kind: "cluster",
        hosts: [
          { host: "a", port: 1 },
          { host: "::1", port: 2 },
        ],
        tls: false,
      },
    ],
    [
      "redis+sentinel://:secret@a,b:3/main/1",
      {
        kind: "sentinel",
        hosts: [
          { host: "a", port: 26_379 },
          { host: "b", port: 3 },
        ],
        group: "main",
        db: 1,
        password: "secret",
      },
    ],
  ])("%s", (text, redis) => {
    expect(parseStateUrl(text)).toMatchObject({ ok: true, address: { store: "redis", redis } });
  });

  it("may be a PostgreSQL", () => {
    expect(parseStateUrl("postgres://u:p@h/d")).toEqual({ ok: true, address: { store: "postgres", url: "postgres://u:p@h/d" } });
  });

  it.each([
    "memcached://host",
    "redis://",
    "redis://a,b",
    "redis://a:0",
    "redis://a:65536",
    "redis+sentinel://a",
    "redis+cluster://a/1",
    "redis://a/one",
    "redis://u:%zz@a",
    "redis://a/1?x=y",
    "constructor://a",
  ])("%s is refused with a sentence that quotes nothing of it", (text) => {
    const parsed = parseStateUrl(text.replace("//a", "//:s3cr3t@a"));
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain("s3cr3t");
  });
});
