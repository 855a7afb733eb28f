import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Section } from "@sallyport/snapshot";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { assemble } from "../sync/assemble.js";
import type { VerifiedRevision } from "../sync/revision.js";
import { verifyEnvelope } from "../sync/verify-envelope.js";
import { TestControlPlane } from "../testing/control-plane.js";
import { freshFolder, removeFolder } from "../testing/gateway.js";
import { storageKeyOf } from "../testing/kept-on-disk.js";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { openLastGood } from "./last-good.js";
import { fileOf, GENERATIONS, type Generation, type StoredRevision } from "./read-generation.js";

/** Writes one revision after the other until it is killed. */
const WRITER = `
import { readFile } from "node:fs/promises";
const [module, keys, input, dataDir] = process.argv.slice(1);
const [{ openLastGood }, { loadStorageKey }] = await Promise.all([import(module), import(keys)]);
const revisions = JSON.parse(await readFile(input, "utf8")).map((revision) => ({ ...revision, manifest: new Map(revision.manifest), sections: new Map(revision.sections) }));
const lastGood = openLastGood(dataDir, await loadStorageKey(dataDir, { warn() {} }));
await lastGood.write(revisions[0]);
process.stdout.write("writing\\n");
for (let count = 1; ; count += 1) await lastGood.write(revisions[count % revisions.length]);
`;
const built = (file: string): string => fileURLToPath(new URL(`../../dist/${file}.js`, import.meta.url));

let plane: TestControlPlane;
let dataDir: string;
beforeAll(async () => {
  plane = await TestControlPlane.start();
});
afterAll(() => plane.down());
beforeEach(async () => {
  dataDir = await freshFolder();
});
afterEach(() => removeFolder(dataDir));

const tenant = (number: number, plan: string) => tenantOf({ slug: `tenant-${number}`, upstream: "http://127.0.0.1:9", rest: { plan } });

async function signed(sections: readonly Section[], revision: number): Promise<VerifiedRevision> {
  const { envelope, claims, manifest, sections: byName } = await plane.sign([fleetOf(), ...sections], { revision });
  return { jws: envelope, envelope: claims, manifest: new Map(Object.entries(manifest)), sections: byName, since: null };
}

/** What proves itself of what was read. */
async function proven(stored: StoredRevision): Promise<VerifiedRevision | null> {
  if (stored.state !== "read") return null;
  const envelope = await verifyEnvelope(stored.revision.envelope, { trustedKeys: [plane.key.jwk], fleet: plane.fleet, group: plane.group });
  const assembled = envelope.ok ? await assemble(envelope.value, stored.revision, null) : envelope;
  return assembled.ok ? assembled.value : null;
}

const provenGeneration = async (generation: Generation) => proven(await openLastGood(dataDir, await storageKeyOf(dataDir)).read(generation));

/** As a node does it at its start. */
async function opened() {
  const lastGood = openLastGood(dataDir, await storageKeyOf(dataDir));
  for (const generation of GENERATIONS) {
    const stored = await lastGood.read(generation);
    const revision = await proven(stored);
    if (stored.state !== "read" || revision === null) continue;
    lastGood.started(generation, stored.extent, revision);
    break;
  }
  return lastGood;
}

describe("what a node keeps on disk", () => {
  it("is whole, in at least one generation, after kill -9 at 40 random moments of writing it", async () => {
    const revisions = await Promise.all(
      ["gold", "silver", "bronze"].map(async (plan, index) => {
        // Every second tenant changes with each revision: half of it is added, and now and then all of it is written.
        const tenants = Array.from({ length: 300 }, (_, number) => tenant(number, number % 2 === 0 ? plan : "plain"));
        const revision = await signed(tenants, index + 1);
        return { ...revision, manifest: [...revision.manifest], sections: [...revision.sections] };
      }),
    );
    const input = join(dataDir, "input.json");
    await writeFile(input, JSON.stringify(revisions));
    const args = ["--input-type=module", "-e", WRITER, built("last-good/last-good"), built("last-good/storage-key"), input, dataDir];
    for (let round = 0; round < 40; round += 1) {
      const writer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(writer, "exit");
      await once(writer.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      writer.kill("SIGKILL");
      await ended;
      const [newest, before] = await Promise.all(GENERATIONS.map(provenGeneration));
      expect(newest ?? before, `round ${round}`).not.toBeNull();
    }
  }, 60_000);

  it("is the newest revision and the one before, whatever changed, and wherever the node started again or something went wrong", async () => {
    const plans = fc.dictionary(fc.constantFrom("1", "2", "3", "4", "5", "6"), fc.constantFrom("gold", "silver"), { minKeys: 1 });
    const mishap = fc.constantFrom("none", "restart", "last-good torn", "previous torn");
    const steps = fc.array(fc.record({ plans, mishap }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, async (revisions) => {
        await removeFolder(dataDir);
        dataDir = await freshFolder();
        let lastGood = await opened();
        const written: string[] = [];
        for (const [index, { plans, mishap }] of revisions.entries()) {
          const revision = await signed(
            Object.entries(plans).map(([number, plan]) => tenant(Number(number), plan)),
            index + 1,
          );
          await lastGood.write(revision);
          written.push(revision.jws);
          const [newest, before] = await Promise.all(GENERATIONS.map(provenGeneration));
          expect(newest?.jws).toBe(written.at(-1));
          expect(newest?.sections).toEqual(revision.sections);
          expect(before?.jws).toBe(written.at(-2));
          if (mishap === "none") continue;
          const torn = mishap === "last-good torn" ? "last-good" : mishap === "previous torn" && written.length > 1 ? "previous" : null;
          if (torn !== null) await truncate(fileOf(dataDir, torn), (await stat(fileOf(dataDir, torn))).size - 1);
          // What it starts from is what comes before the next one.
          if (torn === "last-good") written.pop();
          lastGood = await opened();
        }
      }),
      { numRuns: 40 },
    );
  });

  it("grows by what is different, and is written whole again when that is as much as all of it", async () => {
    const others = Array.from({ length: 600 }, (_, number) => tenant(number + 1, "plain"));
    const lastGood = await opened();
    const sizes: number[] = [];
    for (let revision = 1; revision <= 60; revision += 1) {
      // Each tenth revision changes a tenth of all tenants.
      const tenants = revision % 10 === 0 ? others.map((other, at) => (at < 60 ? tenant(at + 1, `plan-${revision}`) : other)) : others;
      await lastGood.write(await signed([tenant(0, `plan-${revision}`), ...tenants], revision));
      sizes.push((await stat(fileOf(dataDir, "last-good"))).size);
    }
    const [whole = 0] = sizes;
    const growth = sizes.slice(2, 9).map((size, at) => size - (sizes[at + 1] ?? 0));
    expect(Math.max(...growth)).toBeLessThan(whole / 50);
    expect(Math.max(...sizes)).toBeLessThan(2.3 * whole);
  });

  it("says nothing to who has the files without the storage key", async () => {
    const lastGood = await opened();
    for (const revision of [1, 2]) await lastGood.write(await signed([tenant(1, `secret-plan-${revision}`)], revision));
    for (const generation of GENERATIONS) {
      const bytes = await readFile(fileOf(dataDir, generation));
      for (const word of ["secret-plan", "tenant-1", "127.0.0.1", "envelope"]) expect(bytes.includes(word), word).toBe(false);
    }
    expect((await stat(join(dataDir, "storage-key"))).mode & 0o777).toBe(0o600);
    expect((await stat(fileOf(dataDir, "last-good"))).mode & 0o777).toBe(0o600);
    await writeFile(join(dataDir, "storage-key"), Buffer.alloc(32).toString("base64url"));
    const stranger = openLastGood(dataDir, await storageKeyOf(dataDir));
    expect(await stranger.read("last-good")).toMatchObject({ state: "refused", reason: expect.stringContaining("storage key") });
  });

  it("is refused with one byte changed, cut off or left out anywhere", async () => {
    const lastGood = await opened();
    for (const revision of [1, 2, 3]) await lastGood.write(await signed([tenant(1, `plan-${revision}`)], revision));
    const file = fileOf(dataDir, "last-good");
    const bytes = await readFile(file);
    expect((await provenGeneration("last-good"))?.envelope.revision).toBe(3);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.constantFrom("changed", "cut", "left out"), async (at, how) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        await writeFile(
          file,
          how === "changed" ? changed : how === "cut" ? bytes.subarray(0, at) : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
        );
        const revision = await provenGeneration("last-good");
        // Cut exactly between two revisions, it is the one before: as good as the other generation, and proven.
        if (how === "cut") expect(revision?.envelope.revision ?? 0).toBeLessThan(3);
        else expect(revision).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it("begins with what an earlier build kept in plain text, which goes with the first write", async () => {
    const revision = await signed([tenant(1, "gold")], 1);
    const lines = [
      JSON.stringify({
        format: "sallyport-last-good/2",
        build: "0.0.9/other",
        envelope: revision.jws,
        manifest: Object.fromEntries(revision.manifest),
      }),
      ...[...revision.sections].map(([name, section]) => `${name} ${JSON.stringify(section)}`),
    ];
    for (const name of ["last-good", "previous"]) await writeFile(join(dataDir, `${name}.ndjson`), lines.map((line) => `${line}\n`).join(""));
    const lastGood = openLastGood(dataDir, await storageKeyOf(dataDir));
    const stored = await lastGood.read("last-good");
    expect(stored).toMatchObject({ state: "read", extent: null, revision: { envelope: revision.jws } });
    if (stored.state === "read") lastGood.started("last-good", stored.extent, revision);
    await lastGood.write(await signed([tenant(1, "silver")], 2));
    expect((await readdir(dataDir)).sort()).toEqual(["last-good.sealed", "storage-key"]);
    expect((await provenGeneration("last-good"))?.envelope.revision).toBe(2);
  });
});
