import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const built = (file) => import(pathToFileURL(path.join(root, file)).href);
const text = readFileSync(path.join(root, "docs/failure-modes.md"), "utf8");

/** The text of one chapter, and the codes that have a section in it. */
function chapter(title) {
  const body = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
  const sections = new Map(
    body
      .split(/^### /m)
      .slice(1)
      .map((part) => [/^`(\w+)`/.exec(part)?.[1], part]),
  );
  return sections;
}

const { NEAR_MISS_CODES, REFUSALS } = await built("packages/pipeline/dist/index.js");
const { SECURITY_EVENT_SEVERITY, nackError } = await built("packages/snapshot/dist/protocol/index.js");
const { RADAR_FINDINGS } = await built("packages/control-plane/dist/radar/findings.js");

/** What the tests expect that go through a running node on real sockets: the gateway's own, and the tables that it is put through. */
function expectedOfNodes() {
  const folders = [
    ["apps/gateway/src", /\.test\.ts$|testing\/[a-z-]+\.ts$/],
    ["packages/pipeline-node/src/hostile", /\.cases\.ts$/],
  ];
  return folders
    .flatMap(([folder, wanted]) => readdirSync(path.join(root, folder), { recursive: true }).map((file) => [path.join(root, folder, file), wanted]))
    .filter(([file, wanted]) => wanted.test(file))
    .map(([file]) => readFileSync(file, "utf8"))
    .join("\n");
}

describe("tests that go through a running node", () => {
  const tests = expectedOfNodes();
  it.each(Object.keys(REFUSALS))("expect %s", (code) => expect(tests).toMatch(new RegExp(`["'\`/ ]${code}["'\`]|\\b\\d{3} ${code}\\b`)));
  // Told of by the control plane: how many a node had to drop, a publish by one alone, a misused key of a node, and what the radar finds.
  const byRadar = Object.values(RADAR_FINDINGS).map(({ alert }) => alert);
  const byControlPlane = new Set(["events_dropped", "unapproved_publish", "node_key_misused", ...byRadar]);
  const byNodes = Object.keys(SECURITY_EVENT_SEVERITY).filter((kind) => !byControlPlane.has(kind));
  it.each(byNodes)("expect the event %s", (kind) => expect(tests).toMatch(new RegExp(`["'\`]${kind}["'\`]`)));
});

describe("docs/failure-modes.md", () => {
  it("has a section for every deny code, with its status and what to do", () => {
    const sections = chapter("What clients see");
    expect([...sections.keys()]).toEqual(Object.keys(REFUSALS));
    for (const [code, { status }] of Object.entries(REFUSALS)) {
      expect(sections.get(code), code).toContain(`**${status}`);
      expect(sections.get(code), code).toContain("**Do:**");
    }
  });

  it("has a row for everything that a token can narrowly miss", () => {
    const body = text.split(/^## /m).find((part) => part.startsWith("What a token narrowly missed\n")) ?? "";
    expect([...body.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)).toEqual([...NEAR_MISS_CODES]);
  });

  it("has a section for every reason to refuse a revision", () => {
    const sections = chapter("When a node refuses a revision");
    expect([...sections.keys()].sort()).toEqual([...nackError.shape.code.options].sort());
    for (const section of sections.values()) expect(section).toContain("**Do:**");
  });

  it("has a section for every kind of security event, with its severity", () => {
    const sections = chapter("What reviewers see");
    expect([...sections.keys()]).toEqual(Object.keys(SECURITY_EVENT_SEVERITY));
    for (const [kind, severity] of Object.entries(SECURITY_EVENT_SEVERITY)) {
      expect(sections.get(kind), kind).toContain(`**${severity[0].toUpperCase()}.**`);
      expect(sections.get(kind), kind).toContain("**Do:**");
    }
  });

  it("every link within the page leads to a section", () => {
    const slugs = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title.toLowerCase().replace(/[`,]/g, "").replaceAll(" ", "-"));
    const anchors = new Set([...slugs, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !anchors.has(link))).toEqual([]);
  });
});
