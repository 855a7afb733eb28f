import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "./env.js";
import { freshFolder, removeFolder } from "./testing/gateway.js";

const TOKEN = `spj_${"a".repeat(43)}.${"b".repeat(43)}`;
const GOOD = { SALLYPORT_CONTROL_PLANE: "https://console.example.com/", SALLYPORT_DATA_DIR: "/var/lib/sallyport" };

describe("the environment", () => {
  it("needs the control plane and a folder, and knows the rest", () => {
    const read = readEnvironment({ ...GOOD, SALLYPORT_NODE_NAME: "edge-1" });
    expect(read).toMatchObject({
      ok: true,
      settings: {
        controlPlane: "https://console.example.com",
        joinToken: null,
        nodeName: "edge-1",
        port: 8080,
        adminPort: 9080,
        logLevel: "info",
        drainTimeoutMs: 15_000,
      },
    });
  });

  it("names every fault at once, one sentence each", () => {
    const read = readEnvironment({ SALLYPORT_CONTROL_PLANE: "console", SALLYPORT_PORT: "80808", SALLYPORT_JOIN_TOKEN: "x", LOG_LEVEL: "loud" });
    expect(read.ok).toBe(false);
    const errors = read.ok ? [] : read.errors;
    for (const name of ["SALLYPORT_CONTROL_PLANE", "SALLYPORT_DATA_DIR is not set", "SALLYPORT_PORT", "SALLYPORT_JOIN_TOKEN", "LOG_LEVEL"]) {
      expect(
        errors.some((sentence) => sentence.startsWith(name)),
        name,
      ).toBe(true);
    }
    expect(errors).toHaveLength(5);
  });

  it("takes a bundle beside the control plane or in its place, and what pins one for nothing else", () => {
    const { SALLYPORT_CONTROL_PLANE: _, ...alone } = GOOD;
    expect(readEnvironment({ ...GOOD, SALLYPORT_BUNDLE: "/b" })).toMatchObject({
      ok: true,
      settings: { controlPlane: "https://console.example.com", bundle: { file: "/b", key: null, group: null } },
    });
    const pinned = { SALLYPORT_BUNDLE: "/b", SALLYPORT_BUNDLE_KEY: "k".repeat(43), SALLYPORT_BUNDLE_GROUP: "edge-eu" };
    expect(readEnvironment({ ...alone, ...pinned })).toMatchObject({
      ok: true,
      settings: { controlPlane: null, bundle: { file: "/b", key: "k".repeat(43), group: "edge-eu" } },
    });
    expect(readEnvironment(alone)).toMatchObject({
      ok: false,
      errors: [expect.stringMatching(/^SALLYPORT_CONTROL_PLANE is not set: .*SALLYPORT_BUNDLE/)],
    });
    expect(readEnvironment({ ...GOOD, ...pinned, SALLYPORT_BUNDLE: "" })).toMatchObject({
      ok: false,
      errors: [expect.stringMatching(/^SALLYPORT_BUNDLE is not set/), expect.stringMatching(/^SALLYPORT_BUNDLE is not set/)],
    });
    expect(readEnvironment({ ...GOOD, ...pinned, SALLYPORT_BUNDLE_KEY: "short" })).toMatchObject({
      ok: false,
      errors: [expect.stringMatching(/^SALLYPORT_BUNDLE_KEY: write the thumbprint/)],
    });
  });

  it("opens a TLS listener for a port and a folder, and for neither alone", () => {
    expect(readEnvironment(GOOD)).toMatchObject({ ok: true, settings: { tls: null } });
    expect(readEnvironment({ ...GOOD, SALLYPORT_TLS_PORT: "8443", SALLYPORT_TLS_CERT_DIR: "/certs" })).toMatchObject({
      ok: true,
      settings: { tls: { host: "0.0.0.0", port: 8443, certificateFolder: "/certs", defaultCertificate: null, requestClientCertificate: false } },
    });
    for (const [alone, missing] of [
      ["SALLYPORT_TLS_PORT", "SALLYPORT_TLS_CERT_DIR"],
      ["SALLYPORT_TLS_CERT_DIR", "SALLYPORT_TLS_PORT"],
    ] as const) {
      const read = readEnvironment({ ...GOOD, [alone]: "8443" });
      expect(read).toMatchObject({ ok: false, errors: [expect.stringMatching(new RegExp(`^${missing} is not set`))] });
    }
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readEnvironment({ ...GOOD, SALLYPORT_JOIN_TOKEN: "", SALLYPORT_PORT: "" })).toMatchObject({
      ok: true,
      settings: { joinToken: null, port: 8080 },
    });
  });

  it("knows where the state is, and quotes nothing of an address that it cannot read", () => {
    const read = (url: string) => readEnvironment({ ...GOOD, SALLYPORT_STATE_URL: url });
    expect(readEnvironment(GOOD)).toMatchObject({ ok: true, settings: { stateStore: null } });
    expect(read("redis+cluster://a:1,b:2")).toMatchObject({ ok: true, settings: { stateStore: { store: "redis", redis: { kind: "cluster" } } } });
    expect(read("postgres://state:s3cr3t@db/sallyport_state")).toMatchObject({ ok: true, settings: { stateStore: { store: "postgres" } } });
    const bad = read("redis://user:s3cr3t@host:port");
    expect(bad).toMatchObject({ ok: false, errors: [expect.stringMatching(/^SALLYPORT_STATE_URL: /)] });
    expect(JSON.stringify(bad)).not.toContain("s3cr3t");
  });

  it("reads the join token from a file, and not from two places", async () => {
    const folder = await freshFolder();
    const file = join(folder, "token");
    await writeFile(file, `${TOKEN}\n`);
    expect(readEnvironment({ ...GOOD, SALLYPORT_JOIN_TOKEN_FILE: file })).toMatchObject({ ok: true, settings: { joinToken: TOKEN } });
    expect(readEnvironment({ ...GOOD, SALLYPORT_JOIN_TOKEN_FILE: file, SALLYPORT_JOIN_TOKEN: TOKEN }).ok).toBe(false);
    expect(readEnvironment({ ...GOOD, SALLYPORT_JOIN_TOKEN_FILE: join(folder, "none") }).ok).toBe(false);
    await removeFolder(folder);
  });
});
