import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { RECEIPT_TYP, type RevisionReceipt } from "@sallyport/snapshot";
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.js";

const CONTENT: RevisionReceipt = {
  fleet: "018f2f6e-7c1e-7b7a-9d52-2f0f6f3f1c11",
  revision: 42,
  epoch: 1,
  parent: 41,
  rootHash: "ab".repeat(32),
  comment: "Raise acme's limit",
  author: "Ada Moreau",
  publishedAt: "2026-11-26T05:00:00.000Z",
  rolledBackFrom: null,
  reissueOf: null,
  groups: [{ name: "default", schemaVersion: 1, rootHash: "cd".repeat(32), liveAt: "2026-11-26T05:00:01.000Z" }],
  nodes: [{ name: "edge-1", group: "default", state: "applied", appliedAt: "2026-11-26T05:00:00.900Z", applyMs: 12.5, errors: [] }],
  issuedAt: "2026-11-26T05:10:00.000Z",
};

interface Signing {
  readonly content?: unknown;
  readonly typ?: string;
}

async function makeSigner() {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const bare = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(bare);
  const sign = ({ content = CONTENT, typ = RECEIPT_TYP }: Signing = {}) =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(content))).setProtectedHeader({ alg: "EdDSA", typ, kid }).sign(privateKey);
  return { kid, jwk: { kty: "OKP", crv: "Ed25519", x: String(bare.x), kid }, sign };
}

let ours: Awaited<ReturnType<typeof makeSigner>>;
let other: Awaited<ReturnType<typeof makeSigner>>;
let folder: string;
beforeAll(async () => {
  [ours, other, folder] = await Promise.all([makeSigner(), makeSigner(), mkdtemp(path.join(tmpdir(), "sallyport-receipt-"))]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function verify(signed: unknown, ...args: string[]) {
  const file = path.join(folder, "receipt.json");
  await writeFile(file, typeof signed === "string" ? signed : JSON.stringify(signed));
  return runCli(["revisions", "verify-receipt", file, ...args]);
}

/** With one character of a part of the JWS changed. */
const bent = (jws: string, part: number): string =>
  jws
    .split(".")
    .map((text, index) => (index === part ? `${text.slice(0, 10)}${text[10] === "A" ? "B" : "A"}${text.slice(11)}` : text))
    .join(".");

it("verifies a receipt offline, and says what it says", async () => {
  const run = await verify({ receipt: await ours.sign(), keys: [ours.jwk] }, "--key", ours.kid);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toMatch(/revision: +42/);
  expect(run.stdout).toMatch(/applied: +1 of 1 nodes/);
  expect(run.stdout).toMatch(/edge-1 +default +applied/);
  const json = await verify({ receipt: await ours.sign(), keys: [other.jwk, ours.jwk] }, "-o", "json");
  expect(JSON.parse(json.stdout)).toEqual(CONTENT);
  expect(json.stderr).toContain("With --key");
});

it.each<[string, () => Promise<{ signed: unknown; args?: string[] }>, RegExp]>([
  ["a bent content", async () => ({ signed: { receipt: bent(await ours.sign(), 1), keys: [ours.jwk] } }), /does not verify/],
  ["a bent signature", async () => ({ signed: { receipt: bent(await ours.sign(), 2), keys: [ours.jwk] } }), /does not verify/],
  ["a key that is not beside it", async () => ({ signed: { receipt: await ours.sign(), keys: [other.jwk] } }), /not among the keys/],
  [
    "another's key under our name",
    async () => ({ signed: { receipt: await ours.sign(), keys: [{ ...other.jwk, kid: ours.kid }] } }),
    /not the one that it is named after/,
  ],
  [
    "another control plane's",
    async () => ({ signed: { receipt: await other.sign(), keys: [other.jwk] }, args: ["--key", ours.kid] }),
    /and not with/,
  ],
  [
    "a revision's envelope",
    async () => ({ signed: { receipt: await ours.sign({ typ: "sallyport-revision+jws" }), keys: [ours.jwk] } }),
    /no receipt/,
  ],
  [
    "a content of another shape",
    async () => ({ signed: { receipt: await ours.sign({ content: { revision: 42 } }), keys: [ours.jwk] } }),
    /does not verify/,
  ],
  ["no JSON", async () => ({ signed: "receipt" }), /is not what/],
])("refuses %s, with exit code 1", async (_, make, reason) => {
  const { signed, args = [] } = await make();
  const run = await verify(signed, ...args);
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toMatch(reason);
});
