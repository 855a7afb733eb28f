import { describe, expect, it } from "vitest";
import { readDocument } from "./read-document";

const HEAD = { kind: "RateLimitPolicy", name: "api", tenant: "acme" } as const;
const textOf = (spec: string, metadata = "{ name: api, tenant: acme }", kind = "RateLimitPolicy") =>
  `apiVersion: sallyport.dev/v1\nkind: ${kind}\nmetadata: ${metadata}\nspec:\n${spec}\n`;
const GOOD = "  key: [tenant]\n  limit: 10\n  burst: 5";
const faultsOf = (text: string, head: Parameters<typeof readDocument>[1] = HEAD) => {
  const typed = readDocument(text, head);
  return typed.ok ? [] : typed.faults.map(({ line, field }) => `${line} ${field}`);
};

describe("a document that is typed", () => {
  it("declares its spec with every default", () => {
    const typed = readDocument(textOf(GOOD), HEAD);
    expect(typed).toMatchObject({ ok: true, document: { spec: { limit: 10, windowSeconds: 1, action: "refuse" } } });
  });

  it.each([
    ["is no YAML", textOf("  key: [tenant"), ["6 "]],
    ["has a number that is none", textOf(GOOD.replace("10", "none")), ["6 spec.limit"]],
    ["lacks a member", textOf("  key: [tenant]\n  limit: 10"), ["5 spec.burst"]],
    ["has a member that is not known", textOf(`${GOOD}\n  brust: 3`), ["5 spec"]],
    ["has another name", textOf(GOOD, "{ name: other, tenant: acme }"), ["3 metadata.name"]],
    ["is of another tenant", textOf(GOOD, "{ name: api, tenant: globex }"), ["3 metadata.tenant"]],
    ["is of another kind", textOf("  staleKeysMaxAgeSeconds: 60", undefined, "DegradationPolicy"), ["2 kind"]],
  ])("is told of with line and field where it %s", (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it("of the fleet names no tenant", () => {
    expect(faultsOf(textOf(GOOD, "{ name: api }"), { ...HEAD, tenant: null })).toEqual([]);
    expect(faultsOf(textOf(GOOD), { ...HEAD, tenant: null })).toEqual(["3 metadata.tenant"]);
  });
});
