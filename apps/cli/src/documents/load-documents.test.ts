import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findingText } from "./finding.js";
import { checkFiles, loadDocuments } from "./load-documents.js";

const lines = (...text: string[]) => text.join("\n");
const check = (text: string, name = "a.yaml") => checkFiles([{ name, text }]).findings.map(findingText);
const head = ["apiVersion: sallyport.dev/v1"];
const route = (...spec: string[]) => lines(...head, "kind: Route", "metadata: { name: api, tenant: acme }", "spec:", "  upstream: main", ...spec);

describe("findings name file, line, column, field, reason and remedy", () => {
  it.each([
    ["an unknown field", route("  pathPrefx: /v1"), "a.yaml:6:3: Route acme/api: spec.pathPrefx is unknown; did you mean pathPrefix?"],
    [
      "an unknown field that resembles nothing",
      lines(...head, "kind: DegradationPolicy", "metadata: { name: x, tenant: acme }", "spec:", "  colour: red"),
      "a.yaml:5:3: DegradationPolicy acme/x: spec.colour is unknown; known here: staleKeysMaxAgeSeconds, introspection, cachedAnswerMaxAgeSeconds, dpopReplay",
    ],
    [
      "an unknown kind",
      lines(...head, "kind: Rout"),
      'a.yaml:2:7: kind cannot be "Rout"; did you mean Route? Else choose one of Fleet, NodeGroup, Tenant, Secret, IdentityProvider, Upstream, Route, RateLimitPolicy, PolicyTest, PropagationPolicy, DegradationPolicy',
    ],
    [
      "a value that is none of the choices",
      route("  authentication:", "    mode: requird"),
      'a.yaml:7:11: Route acme/api: spec.authentication.mode cannot be "requird"; did you mean required? Else choose one of required, optional, public, deny',
    ],
    [
      "a missing field, at what should hold it",
      lines(...head, "kind: Route", "metadata: { name: api, tenant: acme }", "spec:", "  pathPrefix: /"),
      "a.yaml:5:3: Route acme/api: spec.upstream is missing; give a string",
    ],
    ["a value of another type", route('  websocket: "yes"'), "a.yaml:6:14: Route acme/api: spec.websocket is of the wrong type; give a boolean"],
    [
      "a member of a list",
      route("  methods:", "    - GET", "    - get"),
      "a.yaml:8:7: Route acme/api: spec.methods.1 is not right: write methods in capitals",
    ],
    [
      "another version",
      lines("apiVersion: sallyport.dev/v2", "kind: Tenant", "metadata: { name: acme }", "spec: { displayName: Acme }"),
      "a.yaml:1:13: Tenant acme: apiVersion is not right; write apiVersion: sallyport.dev/v1",
    ],
    ["a document that is no map", "- 1", "a.yaml:1:1: is of the wrong type; give a group of fields"],
    ["a key twice", lines("kind: Tenant", "kind: Tenant"), "a.yaml:2:1: is not valid YAML: Map keys must be unique"],
    ["a tag of somebody else", "kind: !ref x", "a.yaml:1:7: is not valid YAML: Unresolved tag: !ref"],
    ["an alias to nothing", "kind: *x", "a.yaml:1:1: cannot be read: Unresolved alias (the anchor must be set before the alias): x"],
  ])("%s", (_, text, expected) => {
    expect(check(text)).toContain(expected);
  });

  it("a value behind an alias is found where it was written", () => {
    const found = check(route("  degradation: &name Bad_Name", "  propagation: *name"));
    expect(found.filter((line) => line.startsWith("a.yaml:6:"))).toHaveLength(1);
    expect(found.filter((line) => line.includes("spec.propagation") && line.startsWith("a.yaml:7:"))).toHaveLength(1);
  });

  it("aliases that unfold without bound are refused, not unfolded", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x,x]",
      ...["b", "c", "d", "e", "f"].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcde"[index]}`).join(",")}]`),
    ];
    expect(check(bomb.join("\n"))[0]).toMatch(/^a\.yaml:1:1: cannot be read: Excessive alias count/);
  });

  it("findings of a document stand in the order of its lines", () => {
    const found = check(route("  pathPrefx: /v1", "  websocket: 1", "  methods: [get]"));
    expect(found.map((line) => line.split(":")[1])).toEqual(["6", "7", "8"]);
  });
});

describe("documents from files, folders and standard input", () => {
  let folder: string;
  const tenant = (name: string) => lines(...head, "kind: Tenant", `metadata: { name: ${name} }`, "spec: { displayName: X }", "");
  const noInput = async () => "";

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sallyport-cli-"));
    await mkdir(path.join(folder, "tenants/deep"), { recursive: true });
    await writeFile(path.join(folder, "tenants/b.yaml"), tenant("b"));
    await writeFile(path.join(folder, "tenants/a.yml"), `${tenant("a")}---\n${tenant("c")}`);
    await writeFile(
      path.join(folder, "tenants/deep/d.json"),
      JSON.stringify({ apiVersion: "sallyport.dev/v1", kind: "Tenant", metadata: { name: "d" }, spec: { displayName: "D" } }),
    );
    await writeFile(path.join(folder, "tenants/notes.txt"), "not: [a document");
    await writeFile(path.join(folder, "twin.yaml"), tenant("b"));
    await writeFile(path.join(folder, "empty.yaml"), "# nothing\n---\n");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("a folder gives every YAML and JSON file below it, and nothing else", async () => {
    const { documents, fileCount } = await loadDocuments([path.join(folder, "tenants")], noInput);
    expect(fileCount).toBe(3);
    expect(documents).toHaveLength(4);
  });

  it("two documents of one object are refused with both places", async () => {
    const [first, twin] = [path.join(folder, "tenants/b.yaml"), path.join(folder, "twin.yaml")];
    await expect(loadDocuments([first, twin], noInput)).rejects.toThrow(
      `${twin}:3:19: Tenant b: is declared twice, first at ${first}:3:19; keep one of the two`,
    );
  });

  it("the same name in two tenants, or of two kinds, is no duplicate", () => {
    const at = (kind: string, slug: string, spec: string) =>
      lines(...head, `kind: ${kind}`, `metadata: { name: main, tenant: ${slug} }`, `spec: ${spec}`);
    const upstream = "{ url: http://u }";
    expect(check([at("Upstream", "a", upstream), at("Upstream", "b", upstream), at("Route", "a", "{ upstream: main }")].join("\n---\n"))).toEqual([]);
  });

  it("standard input is named so in findings", async () => {
    await expect(loadDocuments(["-"], async () => "kind: Tenent")).rejects.toThrow(/^<stdin>:1:7: kind cannot be/);
  });

  it("no document at all is an error: with --prune it would delete", async () => {
    await expect(loadDocuments([path.join(folder, "empty.yaml")], noInput)).rejects.toThrow(/There is no document in/);
  });

  it("a file that is not there is named", async () => {
    await expect(loadDocuments([path.join(folder, "nowhere.yaml")], noInput)).rejects.toThrow(/nowhere\.yaml is not there/);
  });
});
