import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestControlPlane } from "../testing/control-plane.js";
import { freshFolder, removeFolder } from "../testing/gateway.js";
import { fleetOf, tenantOf } from "../testing/sections.js";
import { assemble } from "./assemble.js";
import { GENERATIONS, readGeneration } from "./last-good.js";
import { verifyEnvelope } from "./verify-envelope.js";

/** Writes one revision after the other until it is killed. */
const WRITER = `
import { readFile } from "node:fs/promises";
const [module, input, dataDir] = process.argv.slice(1);
const { writeLastGood } = await import(module);
const revisions = JSON.parse(await readFile(input, "utf8")).map((revision) => ({ ...revision, sections: new Map(revision.sections) }));
await writeLastGood(dataDir, revisions[0]);
process.stdout.write("writing\\n");
for (let count = 1; ; count += 1) await writeLastGood(dataDir, revisions[count % revisions.length]);
`;

describe("the last good file", () => {
  let plane: TestControlPlane;
  let dataDir: string;
  beforeAll(async () => {
    [plane, dataDir] = await Promise.all([TestControlPlane.start(), freshFolder()]);
  });
  afterAll(async () => {
    await plane.down();
    await removeFolder(dataDir);
  });

  it("is whole, in at least one generation, after kill -9 at 40 random moments of writing it", async () => {
    const revisions = await Promise.all(
      ["gold", "silver", "bronze"].map(async (plan, index) => {
        const tenants = Array.from({ length: 300 }, (_, number) =>
          tenantOf({ slug: `tenant-${number}`, upstream: "http://127.0.0.1:9", rest: { plan } }),
        );
        const { envelope, claims, manifest, sections } = await plane.sign([fleetOf(), ...tenants], { revision: index + 1 });
        return { jws: envelope, envelope: claims, manifest, sections: [...sections] };
      }),
    );
    const input = join(dataDir, "input.json");
    await writeFile(input, JSON.stringify(revisions));
    const module = fileURLToPath(new URL("../../dist/sync/last-good.js", import.meta.url));
    for (let round = 0; round < 40; round += 1) {
      const writer = spawn(process.execPath, ["--input-type=module", "-e", WRITER, module, input, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(writer, "exit");
      await once(writer.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      writer.kill("SIGKILL");
      await ended;
      const states = await Promise.all(GENERATIONS.map((generation) => readGeneration(dataDir, generation)));
      const read = states.find((stored) => stored.state === "read");
      if (read?.state !== "read") throw new Error(`round ${round}: ${JSON.stringify(states)}`);
      const envelope = await verifyEnvelope(read.revision.envelope, { trustedKeys: [plane.key.jwk], fleet: plane.fleet, group: plane.group });
      expect(envelope.ok && (await assemble(envelope.value, read.revision, null)).ok, `round ${round}`).toBe(true);
    }
  }, 60_000);
});
