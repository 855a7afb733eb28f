import { type ConfigDocument, configDocument, type RateLimitPolicySpec, rateLimitPolicySpec } from "@sallyport/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMap, isScalar, isSeq, parse, parseDocument, stringify } from "yaml";
import { documentText, hasComments } from "./document-text.js";
import { readText } from "./read-text.js";

const documentOf = (spec: object): ConfigDocument =>
  configDocument.parse({ apiVersion: "sallyport.dev/v1", kind: "RateLimitPolicy", metadata: { name: "api", tenant: "acme" }, spec });

const SOURCE = `# Owned by payments.
apiVersion: sallyport.dev/v1
kind: RateLimitPolicy
metadata: { name: api, tenant: acme }
spec:
  # Agreed with Acme in March.
  limit: 100 # a second
  burst: 20
  key: [tenant]

  exempt:
    addresses:
      - 198.51.100.0/24 # the probe
      # The office.
      - 203.0.113.0/24
`;
const limits = { key: ["tenant"], limit: 100, burst: 20, exempt: { addresses: ["198.51.100.0/24", "203.0.113.0/24"] } };

describe("a document's text", () => {
  it("is what its author wrote as long as it says the same, defaults left out and sets in any order", () => {
    expect(documentText(SOURCE, documentOf(limits))).toBe(SOURCE);
    expect(documentText(SOURCE.trimEnd(), documentOf(limits))).toBe(SOURCE);
    const turned = SOURCE.replace("[tenant]", "[tenant, client_ip]");
    expect(documentText(turned, documentOf({ ...limits, key: ["client_ip", "tenant"] }))).toBe(turned);
  });

  it("changes where the value changes, and keeps what is said of the rest", () => {
    const changed = documentOf({ ...limits, limit: 250, action: "observe", exempt: { addresses: ["198.51.100.0/24", "192.0.2.0/24"] } });
    const text = documentText(SOURCE, changed);
    expect(text).toContain("# Owned by payments.");
    expect(text).toContain("  # Agreed with Acme in March.\n  limit: 250 # a second\n");
    expect(text).toContain("- 198.51.100.0/24 # the probe");
    expect(text).not.toContain("The office");
    expect(text).toContain("action: observe");
    expect(text).not.toContain("windowSeconds");
    expect(configDocument.parse(parse(text))).toEqual(changed);
  });

  it.each([
    ["none", null],
    ["one that is not YAML", "spec: [1"],
    ["a list", "- 1"],
    ["nothing", ""],
    ["an alias without an anchor", "spec: *none"],
  ])("is plain where the earlier text is %s", (_, source) => {
    expect(documentText(source, documentOf(limits))).toBe(stringify(documentOf(limits), { lineWidth: 0, version: "1.2" }));
  });

  it("does not mind members that a form has emptied", () => {
    const document = documentOf(limits);
    expect(documentText(SOURCE, { ...document, spec: { ...document.spec, order: undefined } } as ConfigDocument)).toBe(SOURCE);
  });

  it("takes anchors apart: a change in one place is none in another", () => {
    const source = SOURCE.replace("- 198.51.100.0/24", "- &office 198.51.100.0/24").replace("key: [tenant]", "key: [tenant] # all");
    const text = documentText(source, documentOf({ ...limits, limit: 1 }));
    expect(configDocument.parse(parse(text))).toEqual(documentOf({ ...limits, limit: 1 }));
    expect(text).toContain("# all");
  });

  it("knows whether it says anything to people alone", () => {
    expect([SOURCE, "a: 1 # one", "# top\na: 1", "a:\n  # in\n  b: 1", "a: 1\n# end"].map(hasComments)).toEqual(Array(5).fill(true));
    expect(['a: "# no"', "a: 1", "", "a: [1"].map(hasComments)).toEqual([false, false, false, false]);
  });
});

const number = fc.integer({ min: 1, max: 10_000 });
const names = fc.uniqueArray(fc.constantFrom("main", "login", "reset", "status", "export"), { maxLength: 5 });
const addresses = fc.uniqueArray(
  fc.integer({ min: 0, max: 250 }).map((at) => `192.0.${at}.0/24`),
  { maxLength: 4 },
);
const override = fc.record({ limit: number, burst: number });
const spec: fc.Arbitrary<RateLimitPolicySpec> = fc
  .record(
    {
      key: fc.uniqueArray(fc.constantFrom("tenant", "client_ip", "subject", "route"), { minLength: 1 }),
      limit: number,
      burst: number,
      windowSeconds: fc.integer({ min: 1, max: 86_400 }),
      action: fc.constantFrom("refuse", "observe", "slow_down"),
      order: fc.nat(1_000),
      routes: names,
      exempt: fc.record({ addresses, apiKeys: names }),
      overrides: fc.record({ plans: fc.dictionary(fc.constantFrom("scale", "starter", "gold"), override), tenants: fc.constant({}) }),
    },
    { requiredKeys: ["key", "limit", "burst"] },
  )
  .map((value) => rateLimitPolicySpec.parse(value));

/** Every member and every item with a comment of its own. @returns the text, and whose each comment is */
function commented(document: ConfigDocument): { text: string; comments: Map<string, (value: unknown) => boolean> } {
  const yaml = parseDocument(stringify(document, { lineWidth: 0 }));
  const comments = new Map<string, (value: unknown) => boolean>();
  let count = 0;
  const walk = (node: unknown, there: (value: unknown) => unknown): void => {
    if (isMap(node))
      for (const pair of node.items) {
        if (!isScalar(pair.key)) continue;
        const key = String(pair.key.value);
        const within = (value: unknown): unknown => {
          const around = there(value);
          return typeof around === "object" && around !== null && Object.hasOwn(around, key) ? (around as Record<string, unknown>)[key] : undefined;
        };
        count += 1;
        const comment = `said ${count}.`;
        pair.key.commentBefore = ` ${comment}`;
        comments.set(comment, (value) => within(value) !== undefined);
        walk(pair.value, within);
      }
    else if (isSeq(node))
      for (const item of node.items) {
        if (!isScalar(item)) continue;
        count += 1;
        const comment = `said ${count}.`;
        item.commentBefore = ` ${comment}`;
        const said = item.value;
        comments.set(comment, (value) => Array.isArray(there(value)) && (there(value) as unknown[]).includes(said));
      }
  };
  // Flow collections have no room for comments above their members.
  walk(yaml.contents, (value) => value);
  return { text: yaml.toString({ lineWidth: 0 }), comments };
}

it("edits keep every comment whose member is still there, and the text always says what is declared", () => {
  fc.assert(
    fc.property(
      spec,
      fc.array(fc.record({ with: spec, members: fc.array(fc.nat(20), { maxLength: 4 }) }), { minLength: 1, maxLength: 4 }),
      (start, edits) => {
        const { text: source, comments } = commented(documentOf(start));
        let text = source;
        let current: Record<string, unknown> = { ...start };
        const alive = new Set(comments.keys());
        for (const edit of edits) {
          // A few members of another policy, or gone where that one has them not.
          const names = Object.keys({ ...start, ...edit.with });
          for (const at of edit.members) {
            const member = names[at % names.length] ?? "limit";
            const { [member]: _, ...rest } = current;
            current = Object.hasOwn(edit.with, member) ? { ...rest, [member]: (edit.with as Record<string, unknown>)[member] } : rest;
          }
          const document = documentOf({ key: ["tenant"], limit: 1, burst: 1, ...current });
          text = documentText(text, document);
          expect(configDocument.parse(parse(text))).toEqual(document);
          const value = parse(text);
          for (const comment of alive) if (comments.get(comment)?.(value) !== true) alive.delete(comment);
          for (const comment of alive) expect(text).toContain(comment);
          // And once more: nothing is left to change.
          expect(documentText(text, document)).toBe(text);
        }
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

describe("a place in a text", () => {
  it("is that of the value, or of what is around it", () => {
    const read = readText(SOURCE);
    if (!read.ok) throw new Error("it can be read");
    expect(read.place(["spec", "limit"])).toEqual({ line: 7, column: 10 });
    expect(read.place(["spec", "exempt", "addresses", 1])).toEqual({ line: 15, column: 9 });
    expect(read.place(["spec", "windowSeconds"])).toEqual({ line: 7, column: 3 });
    expect(read.place(["metadata", "name"])).toEqual({ line: 4, column: 19 });
  });

  it("is that of what is no YAML", () => {
    expect(readText("a: 1\nb: [1")).toMatchObject({ ok: false, faults: [{ line: 2 }] });
    expect(readText("a: 1\na: 2")).toMatchObject({ ok: false, faults: [{ line: 2, column: 1 }] });
    expect(readText("a: &x [*x]")).toMatchObject({ ok: false });
  });
});
