import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { readEnv } from "@/env";

const folder = mkdtempSync(path.join(tmpdir(), "console-env-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD = {
  APP_DATABASE_URL: "postgresql://app@db/sallyport",
  FLEET_DATABASE_URL: "postgres://fleet@db/sallyport",
  SALLYPORT_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
};

test("defaults are filled in and the key is 32 bytes", () => {
  const env = readEnv({ ...GOOD, SALLYPORT_PUBLIC_URL: "https://console.example/" });
  expect(env.SALLYPORT_MASTER_KEY).toEqual(Buffer.alloc(32, 7));
  expect(env.SALLYPORT_PUBLIC_URL).toBe("https://console.example");
  expect(readEnv(GOOD).SALLYPORT_TRUSTED_PROXIES).toEqual([]);
});

test("everything that is wrong is named at once, and no value is repeated", () => {
  expect.assertions(3);
  try {
    readEnv({ FLEET_DATABASE_URL: "mysql://secret", SALLYPORT_MASTER_KEY: "short-secret", SALLYPORT_TRUSTED_PROXIES: "10.0.0.0" });
  } catch (error) {
    const message = (error as Error).message;
    expect(message).toContain("APP_DATABASE_URL: is not set");
    expect(["FLEET_DATABASE_URL", "SALLYPORT_MASTER_KEY", "SALLYPORT_TRUSTED_PROXIES"].every((name) => message.includes(name))).toBe(true);
    expect(message).not.toContain("secret");
  }
});

test("a secret may stand in a file, but not in both places", () => {
  const file = path.join(folder, "key");
  writeFileSync(file, `${GOOD.SALLYPORT_MASTER_KEY}\n`);
  const { SALLYPORT_MASTER_KEY, ...rest } = GOOD;
  expect(readEnv({ ...rest, SALLYPORT_MASTER_KEY_FILE: file }).SALLYPORT_MASTER_KEY).toEqual(Buffer.alloc(32, 7));
  expect(() => readEnv({ ...rest, SALLYPORT_MASTER_KEY, SALLYPORT_MASTER_KEY_FILE: file })).toThrow("keep one");
  expect(() => readEnv({ ...rest, SALLYPORT_MASTER_KEY_FILE: path.join(folder, "absent") })).toThrow("SALLYPORT_MASTER_KEY");
});

test("the state store's address is read as at the nodes, and a wrong one is never repeated", () => {
  expect(readEnv(GOOD).SALLYPORT_STATE_URL).toBeUndefined();
  expect(readEnv({ ...GOOD, SALLYPORT_STATE_URL: "redis://redis:6379/0" }).SALLYPORT_STATE_URL).toMatchObject({ store: "redis" });
  const wrong = () => readEnv({ ...GOOD, SALLYPORT_STATE_URL: "mysql://user:secret@db" });
  expect(wrong).toThrow("SALLYPORT_STATE_URL: begin with redis://");
  expect(wrong).not.toThrow("secret");
});

test("the radar's interval is whole seconds within bounds, or 0", () => {
  expect(readEnv(GOOD).SALLYPORT_RADAR_INTERVAL).toBeUndefined();
  for (const [text, seconds] of [
    ["0", 0],
    ["30", 30],
    ["86400", 86_400],
  ] as const)
    expect(readEnv({ ...GOOD, SALLYPORT_RADAR_INTERVAL: text }).SALLYPORT_RADAR_INTERVAL).toBe(seconds);
  for (const text of ["29", "86401", "5m", "-1", "1e3", "0300"])
    expect(() => readEnv({ ...GOOD, SALLYPORT_RADAR_INTERVAL: text }), text).toThrow("SALLYPORT_RADAR_INTERVAL: write");
});
