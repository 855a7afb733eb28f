import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KIND_SPECS } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { schemaText } from "./commands/schema.js";
import { knownFields } from "./documents/known-fields.js";
import { checkFiles } from "./documents/load-documents.js";

const docs = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
const text = readFileSync(docs("declarative.md"), "utf8");
const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""], index) => ({ name: `block ${index + 1}`, text: block }));
const kindsIn = (block: string) => new Set([...block.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind));

describe("docs/declarative.md", () => {
  it("shows a full file with every kind", () => {
    expect(blocks).toHaveLength(2);
    expect([...kindsIn(blocks[0]?.text ?? "")].sort()).toEqual(Object.keys(KIND_SPECS).sort());
  });

  it.each(blocks)("$name is valid as it stands", (block) => {
    const { documents, findings } = checkFiles([block]);
    expect(findings).toEqual([]);
    expect(documents.length).toBeGreaterThan(3);
  });

  it.each(Object.keys(KIND_SPECS))("explains every field of %s", (kind) => {
    const section = text.split(/^### /m).find((part) => part.startsWith(`${kind}\n`)) ?? "";
    const fields = knownFields(kind, ["spec"]);
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter((field) => !section.includes(`\`${field}\``))).toEqual([]);
  });

  it("stands beside the current JSON Schema (npm run schema -w apps/cli)", () => {
    expect(readFileSync(docs("schema/sallyport.schema.json"), "utf8")).toBe(schemaText());
  });
});
