import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CONTENT_KEY_JWE, type Section, x25519PublicJwk } from "@sallyport/snapshot";
import { type EchoUpstream, startEchoUpstream } from "@sallyport/testkit";
import { CompactEncrypt, decodeJwt, importJWK } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleOf, sealedText, writeBundle } from "../testing/bundle-file.js";
import { type Published, TestControlPlane } from "../testing/control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "../testing/gateway.js";
import { type GatewayProcess, startProcess } from "../testing/gateway-process.js";
import { fleetOf, tenantOf } from "../testing/sections.js";

const nodeIdIn = async (dataDir: string): Promise<string> =>
  (JSON.parse(await readFile(join(dataDir, "identity.json"), "utf8")) as { nodeId: string }).nodeId;

describe("a bundle", () => {
  let plane: TestControlPlane;
  let upstream: EchoUpstream;
  let folder: string;
  let dataDir: string;
  const processes: GatewayProcess[] = [];
  const gateways: RunningGateway[] = [];

  beforeEach(async () => {
    [plane, upstream, folder] = await Promise.all([TestControlPlane.start(), startEchoUpstream(), freshFolder()]);
    dataDir = join(folder, "data");
  });
  afterEach(async () => {
    await Promise.all([...processes.splice(0).map((each) => each.kill()), ...gateways.splice(0).map((each) => each.close())]);
    await Promise.all([plane.down(), upstream.close()]);
    await removeFolder(folder);
  });

  const sections = (more: readonly Section[] = [], rest: Record<string, unknown> = {}): Section[] => [
    fleetOf(),
    tenantOf({ slug: "acme", upstream: upstream.url, rest }),
    ...more,
  ];
  const settingsFor = (file: string) => ({ file, key: plane.key.jwk.kid, group: plane.group });
  const environmentFor = (file: string) => ({
    SALLYPORT_BUNDLE: file,
    SALLYPORT_BUNDLE_KEY: plane.key.jwk.kid,
    SALLYPORT_BUNDLE_GROUP: plane.group,
  });
  const start = (env: Record<string, string>): GatewayProcess => {
    const started = startProcess(dataDir, env);
    processes.push(started);
    return started;
  };
  const refusedBy = async (env: Record<string, string>): Promise<string> => {
    const started = start(env);
    expect(await once(started.child, "close")).toEqual([1, null]);
    // Nobody can have been served.
    expect(started.output).not.toContain("the gateway listens");
    return started.output;
  };
  const status = async (adminPort: number) =>
    (await (await fetch(`http://127.0.0.1:${adminPort}/status`)).json()) as {
      snapshot: { revision: number; from: string; group: string };
      controlPlane: { state: string };
      bundle: { revision: number; taken: boolean } | null;
      unavailable: string[];
      problems: string[];
    };
  const open = async (port: number, path = "/tenants/acme/open") => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  /** A node in this process, without a control plane. */
  const startAlone = async (file: string, folderOfNode = dataDir): Promise<RunningGateway> => {
    const started = await startGateway(plane, { dataDir: folderOfNode, controlPlane: null, joinToken: null, bundle: settingsFor(file) });
    gateways.push(started);
    return started;
  };

  it("starts a node that knows nobody: it serves, refuses what the bundle revokes, says what it cannot do, and starts again", async () => {
    const halted: Section[] = [
      tenantOf({ slug: "globex", upstream: upstream.url }),
      { kind: "revocations", tenant: "globex", suspended: true, tokens: [], subjects: [] },
    ];
    const file = await writeBundle(folder, bundleOf(plane, await plane.sign(sections(halted))));
    await plane.down();
    for (const from of ["bundle", "disk"]) {
      const started = start(environmentFor(file));
      const port = await started.portOf("dataPort");
      expect(await open(port)).toBe(200);
      expect(await open(port, "/tenants/acme/secret")).toBe(401);
      expect(await open(port, "/tenants/globex/open")).toBe(403);
      const told = await status(await started.portOf("adminPort"));
      expect(told).toMatchObject({
        snapshot: { revision: 1, from, group: "default", fleet: plane.fleet },
        ...{ node: null, controlPlane: { state: "none", lastAnswerAt: null }, bundle: { file, revision: 1, taken: true }, problems: [] },
      });
      expect(told.unavailable).toContain("keys for internal tokens are not rotated");
      started.child.kill("SIGTERM");
      expect(await once(started.child, "exit")).toEqual([0, null]);
    }
    expect(plane.enrolments).toBe(0);
  });

  it("is refused whole by the process when it is corrupted at any of 50 random places, cut, empty or not there", async () => {
    const good = bundleOf(plane, await plane.sign(sections()));
    const broken = [...Array(50)].map(() => {
      const bytes = Buffer.from(good);
      const at = randomInt(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
      return { what: `a bit at byte ${at}`, bytes };
    });
    const cut = [0, 1, good.length - 1, randomInt(good.length)].map((length) => ({ what: `cut to ${length}`, bytes: good.subarray(0, length) }));
    // Six processes of them; the others by the same way in this one, which a process for each would take minutes for.
    for (const [index, { what, bytes }] of [...broken, ...cut].entries()) {
      const file = await writeBundle(folder, bytes, `broken-${index}`);
      if (index % 10 === 0) expect(await refusedBy(environmentFor(file)), what).toMatch(/^the bundle .*broken-\d+ is .*; the node does not start$/m);
      else await expect(startAlone(file), what).rejects.toThrow(/^the bundle .* does not start$/);
    }
    expect(await refusedBy(environmentFor(join(folder, "nowhere")))).toContain("cannot be read: ENOENT");
    expect(await readdir(dataDir)).not.toContain("last-good.sealed");
  }, 180_000);

  it("is refused when somebody changed it and put the checksum right, or runs as it was signed", async () => {
    const good = bundleOf(plane, await plane.sign(sections()));
    const body = good.subarray(0, good.lastIndexOf("sha256 "));
    let refused = 0;
    for (let round = 0; round < 100; round += 1) {
      const bytes = Buffer.from(body);
      const at = randomInt(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(7));
      const node = join(folder, `node-${round}`);
      const outcome = await startAlone(await writeBundle(folder, sealedText(bytes)), node).catch((error: Error) => error);
      if (outcome instanceof Error) {
        expect(outcome.message).toMatch(/does not start$/);
        refused += 1;
        continue;
      }
      // Bits that base64url does not use, and a kid that nobody asks for: what runs is what was signed.
      expect((await status(outcome.adminPort)).snapshot).toMatchObject({ revision: 1, fleet: plane.fleet });
      expect(await open(outcome.dataPort)).toBe(200);
      await gateways.pop()?.close();
    }
    expect(refused).toBeGreaterThan(90);
  }, 120_000);

  it("is refused of another installation, another group, and when nothing says whom to believe", async () => {
    const other = await TestControlPlane.start();
    try {
      const foreign = await writeBundle(folder, bundleOf(other, await other.sign(sections())), "foreign");
      expect(await refusedBy(environmentFor(foreign))).toContain("bad_signature");
      // Signed by the stranger, and naming our key beside his own.
      const mixed = bundleOf(other, await other.sign(sections()), { trustedKeys: [plane.key.jwk, { ...other.key.jwk, kid: plane.key.jwk.kid }] });
      await expect(startAlone(await writeBundle(folder, mixed, "mixed"))).rejects.toThrow("bad_signature");
      const file = await writeBundle(folder, bundleOf(plane, await plane.sign(sections(), { group: "edge-us" })));
      await expect(startAlone(file)).rejects.toThrow("wrong_group");
      expect(await refusedBy({ SALLYPORT_BUNDLE: file })).toContain("SALLYPORT_BUNDLE_KEY has to name the thumbprint");
    } finally {
      await other.down();
    }
  });

  it("of an older revision is not taken, also with a tenant that its successor has suspended; a newer one is", async () => {
    const first = await plane.publish(sections());
    const old = bundleOf(plane, plane.latest as Published);
    const second = await plane.publish(sections([], { status: "suspended" }));
    expect([first.revision, second.revision]).toEqual([1, 2]);
    const running = await startAlone(await writeBundle(folder, bundleOf(plane, plane.latest as Published)));
    expect(await open(running.dataPort)).toBe(403);
    await gateways.pop()?.close();
    const started = start(environmentFor(await writeBundle(folder, old)));
    expect(await open(await started.portOf("dataPort"))).toBe(403);
    const told = await status(await started.portOf("adminPort"));
    expect(told).toMatchObject({ snapshot: { revision: 2, from: "disk" }, bundle: { revision: 1, taken: false } });
    expect(told.problems).toEqual(["the bundle has revision 1; the node goes on with revision 2, which it had before"]);
    await started.kill();
    await plane.publish(sections());
    const next = await startAlone(await writeBundle(folder, bundleOf(plane, plane.latest as Published)));
    expect(await open(next.dataPort)).toBe(200);
    expect(await status(next.adminPort)).toMatchObject({ snapshot: { revision: 3, from: "bundle" }, problems: [] });
    // Neither is one of an epoch that has ended.
    await gateways.pop()?.close();
    const restored = await plane.sign(sections(), { epoch: 2, revision: 2 });
    await startAlone(await writeBundle(folder, bundleOf(plane, restored)));
    await gateways.pop()?.close();
    const late = await startAlone(await writeBundle(folder, bundleOf(plane, plane.latest as Published)));
    expect((await status(late.adminPort)).snapshot).toMatchObject({ revision: 2, epoch: 2 });
  });

  it("is the first state while the control plane is away, and the node goes on from there when it comes", async () => {
    await plane.publish(sections());
    const file = await writeBundle(folder, bundleOf(plane, plane.latest as Published));
    await plane.down();
    const joining = { SALLYPORT_CONTROL_PLANE: plane.url, SALLYPORT_JOIN_TOKEN: plane.joinToken() };
    const started = start({ ...environmentFor(file), ...joining });
    const port = await started.portOf("dataPort");
    const adminPort = await started.portOf("adminPort");
    expect(await open(port)).toBe(200);
    expect(await status(adminPort)).toMatchObject({ snapshot: { revision: 1, from: "bundle" }, controlPlane: { state: "joining" } });
    await plane.up();
    await eventually("it has joined", () => plane.polls.length > 0);
    // What it has from the bundle is the base of what it is sent.
    expect(plane.polls[0]).toMatchObject({ revision: 1, rootHash: plane.latest?.claims.rootHash });
    await plane.publish(sections([], { status: "suspended" }));
    await eventually("the next revision", async () => (await open(port)) === 403);
    expect(plane.deliveries.at(-1)?.base).not.toBeNull();
    expect(await status(adminPort)).toMatchObject({ snapshot: { revision: 2, from: "control plane" }, controlPlane: { state: "connected" } });
    await eventually("it is on disk", () => plane.reports.some(({ outcome, revision }) => outcome === "ack" && revision === 2));
    await started.kill();
    // The same settings afterwards: the bundle is older by now, and that is no trouble.
    await plane.down();
    const again = start({ ...environmentFor(file), ...joining });
    expect(await open(await again.portOf("dataPort"))).toBe(403);
    expect(await status(await again.portOf("adminPort"))).toMatchObject({ snapshot: { revision: 2, from: "disk" }, bundle: { taken: false } });
  });

  it("keeps a node serving whose join token ran out meanwhile, and ends one that enrolled elsewhere", async () => {
    await plane.publish(sections());
    const file = await writeBundle(folder, bundleOf(plane, plane.latest as Published));
    const used = `spj_${randomBytes(32).toString("base64url")}.${plane.key.jwk.kid}`;
    const running = await startGateway(plane, { dataDir, joinToken: used, bundle: settingsFor(file) });
    gateways.push(running);
    await eventually("it is told", async () => (await status(running.adminPort)).problems.some((each) => each.includes("could not enrol")));
    expect(await open(running.dataPort)).toBe(200);
    expect(running.hopeless).toEqual([]);
    await gateways.pop()?.close();
    const elsewhere = await writeBundle(folder, bundleOf(plane, await plane.sign(sections(), { group: "edge-us" })), "elsewhere");
    const stranger = { file: elsewhere, key: plane.key.jwk.kid, group: "edge-us" };
    const moved = await startGateway(plane, { dataDir: join(folder, "moved"), bundle: stranger });
    gateways.push(moved);
    await eventually("it ends", () => moved.hopeless.some((each) => each.includes("runs a bundle for the group edge-us")));
  });

  it("for one enrolled node has the key to its secrets; without it they stay closed, and another node takes neither", async () => {
    const contentKey = randomBytes(32);
    const secrets = plane.sealing.section(contentKey, { "acme/client": "s3cret" });
    await plane.publish(sections());
    const enrolled = await startGateway(plane, { dataDir });
    gateways.push(enrolled);
    await ready(enrolled);
    await eventually("it has polled", () => plane.polls.length > 0);
    const { encryptionKey = "" } = plane.polls[0] ?? {};
    const nodeId = await nodeIdIn(dataDir);
    await eventually("it is on disk", () => plane.reports.length > 0);
    await gateways.pop()?.close();

    const { alg, enc } = CONTENT_KEY_JWE;
    const to = await importJWK(x25519PublicJwk.parse(decodeJwt(encryptionKey)), alg);
    const wrap = async (key: Buffer) => ({
      id: secrets.contentKey,
      jwe: await new CompactEncrypt(key).setProtectedHeader({ alg, enc, kid: secrets.contentKey }).encrypt(to),
    });
    const newer = await plane.sign(sections([secrets], { secrets: { client: { type: "client_secret" } } }));
    const mine = bundleOf(plane, newer, { recipient: { node: nodeId, contentKey: await wrap(contentKey) } });
    const wrongKey = bundleOf(plane, newer, { recipient: { node: nodeId, contentKey: await wrap(randomBytes(32)) } });

    await expect(startAlone(await writeBundle(folder, mine), join(folder, "stranger"))).rejects.toThrow(`was made for the node ${nodeId} alone`);
    // However often: what ends the node is the key, and not a revision that kills.
    for (const _ of [1, 2, 3])
      expect(await refusedBy({ SALLYPORT_BUNDLE: await writeBundle(folder, wrongKey) })).toContain("does not open with this node's key");
    const without = await startAlone(await writeBundle(folder, bundleOf(plane, newer)));
    expect(without.gateway.secrets.secretOf("acme", "client")).toBeNull();
    expect((await status(without.adminPort)).problems).toEqual([expect.stringContaining("the key to the tenants' secrets has not arrived")]);
    await gateways.pop()?.close();
    const withKey = await startAlone(await writeBundle(folder, mine));
    expect(withKey.gateway.secrets.secretOf("acme", "client")).toBe("s3cret");
    expect((await status(withKey.adminPort)).problems).toEqual([]);
  });
});
