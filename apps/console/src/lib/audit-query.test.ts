import { describe, expect, it } from "vitest";
import { parseAuditQuery } from "./audit-query.js";

describe("searching the audit log", () => {
  it("reads qualifiers", () =>
    expect(parseAuditQuery("actor:mara action:route.update tenant:globex payouts")).toEqual({
      query: { actor: "mara", action: "route.update", tenant: "globex", target: "payouts" },
      unread: [],
    }));
  it("keeps blanks inside quotes", () => expect(parseAuditQuery('actor:"Mara Okafor"').query).toEqual({ actor: "Mara Okafor" }));
  it("reads days as whole days in UTC", () => {
    const { query } = parseAuditQuery("created:>=2026-03-01 created:<=2026-03-12");
    expect(query.from?.toISOString()).toBe("2026-03-01T00:00:00.000Z");
    expect(query.to?.toISOString()).toBe("2026-03-12T23:59:59.999Z");
    expect(parseAuditQuery("created:2026-03-01").query).toEqual({ from: new Date("2026-03-01"), to: new Date("2026-03-01T23:59:59.999Z") });
  });
  it("says what it could not read, and never guesses", () =>
    expect(parseAuditQuery("colour:red created:yesterday")).toEqual({ query: {}, unread: ["colour:red", "created:yesterday"] }));
  it("is empty for nothing", () => expect(parseAuditQuery("  ")).toEqual({ query: {}, unread: [] }));
});
