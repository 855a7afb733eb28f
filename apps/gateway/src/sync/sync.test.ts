import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type JsonValue } from "@sallyport/snapshot";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fileOf as keptFile } from "../last-good/read-generation.js";
import { type Delivery, TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { keepText, keptText } from "../testing/kept-on-disk.js";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { makeSigningKey } from "../testing/signing-key.js";
import { BUILD_MARK } from "./stored-section.js";

let upstream: EchoUpstream;
let plane: TestControlPlane;
let node: RunningGateway;
let dataDir: string;

const acme = (plan = "standard") => tenantOf({ slug: "acme", upstream: upstream.url, rest: { plan } });
const globex = () => tenantOf({ slug: "globex", upstream: upstream.url });
/** The plan is in a header of public routes too: it tells which revision decided. */
const planSeen = async (slug = "acme"): Promise<string | number> => {
  const response = await fetch(`http://127.0.0.1:${node.dataPort}/tenants/${slug}/open`);
  if (response.status !== 200) return response.status;
  const { headers } = (await response.json()) as { headers: string[] };
  return headers[headers.findIndex((name) => name.toLowerCase() === "x-tenant-plan") + 1] ?? "";
};
const acked = (revision: number) =>
  eventually(`revision ${revision} is acknowledged`, () => plane.reports.some((report) => report.outcome === "ack" && report.revision === revision));
const nackOf = (from = 0) =>
  eventually("a nack", () => {
    const nack = plane.reports.slice(from).find((report) => report.outcome === "nack");
    return nack?.outcome === "nack" ? nack : null;
  });

beforeAll(async () => {
  upstream = await startEchoUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder()]);
  await plane.publish([fleetOf(), acme()]);
  node = await startGateway(plane, { dataDir });
  await ready(node);
  await acked(1);
});
afterEach(async () => {
  await node.close();
  await plane.down();
  await removeFolder(dataDir);
});

describe("deliveries", () => {
  it("brings a change as a delta of the changed sections, and a removal as a name", async () => {
    await plane.publish([fleetOf(), acme("gold"), globex()]);
    await acked(2);
    expect(Object.keys(plane.deliveries.at(-1)?.changed ?? {}).sort()).toEqual(["tenants/acme", "tenants/globex"]);
    expect(await planSeen()).toBe("gold");
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(3);
    expect(plane.deliveries.at(-1)).toMatchObject({ manifest: null, changed: {}, removed: ["tenants/globex"] });
    expect(await planSeen("globex")).toBe(404);
    // An older control plane sends it whole.
    plane.wholeManifests = true;
    await plane.publish([fleetOf(), acme("silver")]);
    await acked(4);
    expect(Object.keys(plane.deliveries.at(-1)?.manifest ?? {}).sort()).toEqual(["fleet", "tenants/acme"]);
    expect(await planSeen()).toBe("silver");
    // And is upgraded: it is away for a moment.
    await plane.down();
    plane.wholeManifests = false;
    await plane.up();
    await eventually("the node says again what it can", () => plane.polls.at(-1)?.manifestDelta === true, 20_000);
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(5);
    expect(plane.deliveries.at(-1)).toMatchObject({ manifest: null });
  });

  /** Name, how the next delivery is spoiled, the nack's code and path. */
  const SPOILED: readonly [string, (delivery: Delivery) => Delivery, string, string][] = [
    [
      "a flipped signature",
      (d) => ({ ...d, envelope: `${d.envelope.slice(0, -3)}${d.envelope.endsWith("AA") ? "BB" : "AA"}w` }),
      "bad_signature",
      "envelope",
    ],
    ["an envelope that is no JWS", (d) => ({ ...d, envelope: "nonsense" }), "bad_signature", "envelope"],
    [
      "a section that is not what was signed",
      (d) => ({ ...d, changed: { ...d.changed, "tenants/acme": acme("evil") } }),
      "hash_mismatch",
      "tenants/acme",
    ],
    [
      "a section with an unknown member",
      (d) => ({ ...d, changed: { ...d.changed, "tenants/acme": { ...acme(), extra: 1 } } }),
      "invalid_section",
      "tenants/acme",
    ],
    [
      "a section of an unknown kind",
      (d) => ({ ...d, changed: { ...d.changed, "tenants/acme": { kind: "novel" } } }),
      "invalid_section",
      "tenants/acme/kind",
    ],
    ["a section under another's name", (d) => ({ ...d, changed: { ...d.changed, "tenants/acme": globex() } }), "invalid_section", "tenants/acme"],
    [
      "a manifest that is not what was signed",
      (d) => ({ ...d, manifest: { ...d.manifest, "tenants/acme": "0".repeat(64) } }),
      "hash_mismatch",
      "manifest",
    ],
    ["a section too many", (d) => ({ ...d, changed: { ...d.changed, "tenants/ghost": globex() } }), "invalid_section", "tenants/ghost"],
    ["a section too few", (d) => ({ ...d, base: null, changed: {} }), "hash_mismatch", "fleet"],
  ];
  /** The same where the node makes the manifest itself. */
  const SPOILED_DELTAS: typeof SPOILED = [
    ["a delta that removes what it brings", (d) => ({ ...d, removed: ["tenants/acme"] }), "invalid_section", "tenants/acme"],
    [
      "a delta with a name that is no section's",
      (d) => ({ ...d, changed: JSON.parse(`{"__proto__":${JSON.stringify(acme("gold"))}}`) }),
      "invalid_section",
      "manifest",
    ],
    ["a delta under another's name", (d) => ({ ...d, changed: { "tenants/acme": globex() } }), "invalid_section", "tenants/acme"],
    ["a delta with an unknown kind", (d) => ({ ...d, changed: { "tenants/acme": { kind: "novel" } } }), "invalid_section", "tenants/acme/kind"],
    ["a delta without a base", (d) => ({ ...d, base: null }), "invalid_section", "manifest"],
  ];
  it.each([...SPOILED.map((row) => [...row, true] as const), ...SPOILED_DELTAS.map((row) => [...row, false] as const)])(
    "%s is refused whole, reported with its path, and what runs stays",
    async (_name, spoil, code, path, wholeManifests) => {
      plane.wholeManifests = wholeManifests;
      plane.tamper = spoil;
      const from = plane.reports.length;
      await plane.publish([fleetOf(), acme("gold")]);
      const nack = await nackOf(from);
      expect(nack.errors[0]).toMatchObject({ code, path });
      expect(await planSeen()).toBe("standard");
      expect(node.gateway.readiness().ready).toBe(true);
      await eventually("the refusal is an event", () => [...plane.events.values()].some(({ kind }) => kind === "snapshot_refused"));
      await eventually("the fleet page is told", () => plane.beats.at(-1)?.problems.some((sentence) => sentence.includes(code)));
      plane.tamper = null;
      await plane.publish([fleetOf(), acme("silver")]);
      await acked(3);
      expect(await planSeen()).toBe("silver");
      await eventually("the problem is over", () => plane.beats.at(-1)?.problems.length === 0);
    },
  );

  /** What does not come out as it was signed is fetched once more, as everything. */
  const HEALED: readonly [string, (delivery: Delivery) => Delivery][] = [
    ["brings another body", (d) => ({ ...d, changed: { "tenants/acme": acme("evil") } })],
    ["brings a section too many", (d) => ({ ...d, changed: { ...d.changed, "tenants/globex": globex() } })],
    ["lacks what changed", (d) => ({ ...d, changed: {} })],
    ["removes what is still there", (d) => ({ ...d, changed: {}, removed: ["tenants/acme"] })],
    ["removes what never was", (d) => ({ ...d, removed: ["tenants/ghost"] })],
  ];
  it.each(HEALED)("a delta that %s is refused whole, and what comes then is everything", async (_name, spoil) => {
    plane.tamper = (delivery) => (delivery.base === null ? delivery : spoil(delivery));
    const from = plane.reports.length;
    await plane.publish([fleetOf(), acme("gold")]);
    expect((await nackOf(from)).errors).toMatchObject([{ code: "hash_mismatch", path: "manifest" }]);
    await acked(2);
    expect(plane.deliveries.at(-1)).toMatchObject({ base: null, manifest: plane.latest?.manifest });
    expect(await planSeen()).toBe("gold");
    expect(await planSeen("globex")).toBe(404);
  });

  it("refuses a well-signed revision in which two tenants take one token, and says which token", async () => {
    const sharing = { issuer: "http://127.0.0.1:9/shared", upstream: upstream.url };
    const from = plane.reports.length;
    await plane.publish([fleetOf(), tenantOf({ slug: "acme", ...sharing }), tenantOf({ slug: "globex", ...sharing })]);
    const { errors } = await nackOf(from);
    expect(errors.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "compile_failed tenants/acme/identityProviders/main",
      "compile_failed tenants/globex/identityProviders/main",
    ]);
    for (const { message } of errors)
      expect(message).toContain('both would accept {"iss":"http://127.0.0.1:9/shared","aud":"https://api.example.test"}');
    expect(await planSeen()).toBe("standard");
    expect(await planSeen("globex")).toBe(404);
  });

  it.each([
    ["of another fleet", { fleet: "00000000-0000-4000-8000-000000000000" }, "wrong_fleet"],
    ["of another node group", { group: "other" }, "wrong_group"],
    ["of a schema version that it does not read", { schemaVersion: 9 }, "unsupported_schema"],
    ["with a lower epoch", { epoch: 0 }, "unsupported_schema"],
  ])("refuses a well-signed revision %s", async (_name, claims, code) => {
    const from = plane.reports.length;
    await plane.publish([fleetOf(), acme("gold")], claims);
    expect((await nackOf(from)).errors[0]?.code).toBe(code);
    expect(await planSeen()).toBe("standard");
  });

  it("refuses an older revision, the same number with other content, and an older epoch; takes a lower number in a higher epoch", async () => {
    await plane.publish([fleetOf(), acme("gold")], { revision: 5 });
    await acked(5);
    for (const [claims, code] of [
      [{ revision: 4 }, "older_revision"],
      [{ revision: 5 }, "older_revision"],
    ] as const) {
      const from = plane.reports.length;
      await plane.publish([fleetOf(), acme("evil")], claims);
      expect((await nackOf(from)).errors[0]?.code).toBe(code);
    }
    await plane.publish([fleetOf(), acme("restored")], { revision: 2, epoch: 2 });
    await acked(2);
    expect(await planSeen()).toBe("restored");
    const from = plane.reports.length;
    await plane.publish([fleetOf(), acme("evil")], { revision: 9, epoch: 1 });
    expect((await nackOf(from)).errors[0]?.code).toBe("older_epoch");
    expect(await planSeen()).toBe("restored");
  });

  it("refuses an empty snapshot unless it says that it is meant", async () => {
    const from = plane.reports.length;
    await plane.publish([fleetOf()]);
    expect((await nackOf(from)).errors[0]?.code).toBe("empty_snapshot");
    expect(await planSeen()).toBe("standard");
    await plane.publish([fleetOf()], { empty: true });
    await acked(3);
    expect(await planSeen()).toBe(404);
  });

  it("refuses what does not compile, naming the entity", async () => {
    const from = plane.reports.length;
    await plane.publish([
      fleetOf(),
      tenantOf({ slug: "acme", upstream: upstream.url, routes: { main: { upstream: "gone", authentication: { mode: "public" } } } }),
    ]);
    const { errors } = await nackOf(from);
    expect(errors[0]).toMatchObject({ code: "compile_failed", path: "tenants/acme/routes/main" });
    expect(await planSeen()).toBe("standard");
  });

  it("asks for everything after a delta that does not fit, and applies that", async () => {
    plane.tamper = (delivery) => {
      plane.tamper = null;
      return { ...delivery, changed: {} };
    };
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    expect(plane.deliveries.at(-1)?.base).toBeNull();
    expect(await planSeen()).toBe("gold");
  });

  it("refuses another key, believes it once the pinned key has signed for it, and then no longer the old one", async () => {
    const old = plane.key;
    const next = await makeSigningKey();
    const from = plane.reports.length;
    await plane.publish([fleetOf(), acme("gold")], {}, next);
    expect((await nackOf(from)).errors[0]?.code).toBe("bad_signature");
    plane.trustedKeys = [old.jwk, next.jwk];
    await plane.publish([fleetOf(), acme("gold")], { trustedKeys: [next.jwk.kid] });
    await acked(3);
    await plane.publish([fleetOf(), acme("platinum")], {}, next);
    await acked(4);
    const later = plane.reports.length;
    await plane.publish([fleetOf(), acme("evil")], {}, old);
    expect((await nackOf(later)).errors[0]?.code).toBe("bad_signature");
    expect(await planSeen()).toBe("platinum");
  });

  it("does not pin a key that an unsigned list carries", async () => {
    const evil = await makeSigningKey();
    plane.trustedKeys = [plane.key.jwk, evil.jwk];
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    const from = plane.reports.length;
    await plane.publish([fleetOf(), acme("evil")], {}, evil);
    expect((await nackOf(from)).errors[0]?.code).toBe("bad_signature");
  });

  it("goes on with what it has while the control plane is away, and catches up with the latest, not with all", async () => {
    await plane.down();
    await eventually("the node notices", () => !node.gateway.readiness().reasons.length && planSeen().then((plan) => plan === "standard"));
    await plane.publish([fleetOf(), acme("gold")]);
    await plane.publish([fleetOf(), acme("platinum")]);
    await plane.up();
    await acked(3);
    expect(plane.reports.some(({ revision }) => revision === 2)).toBe(false);
    expect(await planSeen()).toBe("platinum");
  });
});

describe("a restart", () => {
  const restart = async (options: { joinToken?: string | null } = {}): Promise<number> => {
    await node.close();
    const began = performance.now();
    node = await startGateway(plane, { dataDir, joinToken: null, ...options });
    await ready(node);
    return performance.now() - began;
  };
  const fileOf = (name: string) => join(dataDir, name);

  it("serves from disk within 2 s while the control plane is away, and does not enrol again", async () => {
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    await plane.down();
    expect(await restart()).toBeLessThan(2_000);
    expect(await planSeen()).toBe("gold");
    await plane.up();
    await eventually("the node is back with what it runs", () =>
      plane.polls.some(({ revision, delivery }) => revision === 2 && delivery === undefined),
    );
    expect(plane.enrolments).toBe(1);
  });

  it.each([
    ["truncated", (path: string) => truncate(path, 600)],
    ["emptied", (path: string) => truncate(path, 0)],
    ["edited", async () => keepText(dataDir, (await keptText(dataDir)).replaceAll('"gold"', '"evil"'))],
    ["robbed of a line", async () => keepText(dataDir, (await keptText(dataDir)).split("\n").slice(0, 2).join("\n"))],
    ["replaced by noise", (path: string) => writeFile(path, "\0\xff not a snapshot")],
  ])("refuses a last good file that was %s, says so, and uses the previous one", async (_name, spoil) => {
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    await plane.down();
    await node.close();
    await spoil(keptFile(dataDir, "last-good"));
    node = await startGateway(plane, { dataDir, joinToken: null });
    await ready(node);
    expect(await planSeen()).toBe("standard");
    await plane.up();
    await eventually("the refusal is an event", () => [...plane.events.values()].some(({ kind }) => kind === "last_good_refused"));
    await acked(2);
    expect(await planSeen()).toBe("gold");
  });

  it("does not believe a file that another key has signed", async () => {
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    await plane.down();
    await node.close();
    const forged = await plane.sign([fleetOf(), acme("evil")], { revision: 9 }, await makeSigningKey());
    const lines = [
      JSON.stringify({ build: BUILD_MARK, envelope: forged.envelope, manifest: forged.manifest, removed: [], sections: forged.sections.size }),
      ...[...forged.sections].map(([name, section]) => `${name} ${canonicalJson(section as unknown as JsonValue)}`),
    ];
    await keepText(dataDir, lines.map((line) => `${line}\n`).join(""));
    node = await startGateway(plane, { dataDir, joinToken: null });
    await ready(node);
    expect(await planSeen()).toBe("standard");
  });

  it.each([
    [
      "one section is another's",
      (lines: string[]) => lines.map((line) => line.replace(/^tenants\/acme .*/, lines[1]?.replace(/^\S+/, "tenants/acme") ?? "")),
    ],
    ["a section is edited, its blanks and all", (lines: string[]) => lines.map((line) => line.replace('"plan":"gold"', '"plan": "gold"'))],
    ["a section stands there for a tenant that was not signed", (lines: string[]) => [...lines, (lines[2] ?? "").replaceAll("acme", "evil")]],
    [
      "the manifest names another hash",
      (lines: string[]) => lines.map((line) => (line.startsWith("{") ? line.replace(/("tenants\/acme":")[0-9a-f]{4}/, "$10000") : line)),
    ],
    [
      "it says to be of another build and is edited",
      (lines: string[]) => lines.map((line) => line.replace(BUILD_MARK, "other").replace('"gold"', '"evil"')),
    ],
  ])("refuses a last good file of which %s", async (_name, spoil) => {
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    await plane.down();
    await node.close();
    const lines = (await keptText(dataDir)).trimEnd().split("\n");
    const spoilt = spoil(lines);
    expect(spoilt).not.toEqual(lines);
    await keepText(dataDir, spoilt.map((line) => `${line}\n`).join(""));
    node = await startGateway(plane, { dataDir, joinToken: null });
    await ready(node);
    expect(await planSeen()).toBe("standard");
  });

  it("parses every section again that another build has written, and serves it", async () => {
    await plane.publish([fleetOf(), acme("gold")]);
    await acked(2);
    await plane.down();
    await node.close();
    const text = await keptText(dataDir);
    expect(text).toContain(BUILD_MARK);
    await keepText(dataDir, text.replaceAll(BUILD_MARK, "0.0.9/other"));
    node = await startGateway(plane, { dataDir, joinToken: null });
    await ready(node);
    expect(await planSeen()).toBe("gold");
  });

  it("skips a revision that ended the node twice, tells the control plane, and takes the next one", async () => {
    await plane.publish([fleetOf(), acme("deadly")]);
    await acked(2);
    await node.close();
    const { revision, epoch, rootHash } = plane.latest?.claims ?? { revision: 0, epoch: 0, rootHash: "" };
    await writeFile(fileOf("crash-guard.json"), JSON.stringify({ applying: { revision, epoch, rootHash, attempts: 2 }, deadly: null }));
    const from = plane.reports.length;
    node = await startGateway(plane, { dataDir, joinToken: null });
    await ready(node);
    expect(await planSeen()).toBe("standard");
    expect(await nackOf(from)).toMatchObject({ revision: 2, errors: [{ code: "compile_failed" }] });
    await restart();
    expect(await planSeen()).toBe("standard");
    await plane.publish([fleetOf(), acme("healed")]);
    await acked(3);
    expect(await planSeen()).toBe("healed");
  });
});
