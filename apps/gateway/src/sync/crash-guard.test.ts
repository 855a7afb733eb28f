import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freshFolder, removeFolder } from "../testing/gateway.js";
import { openCrashGuard } from "./crash-guard.js";

const first = { revision: 7, epoch: 1, rootHash: "a".repeat(64) };
const second = { revision: 8, epoch: 1, rootHash: "a".repeat(64) };

describe("the crash guard", () => {
  let dataDir: string;
  const errors: unknown[] = [];
  const open = () => openCrashGuard(dataDir, (error) => errors.push(error));
  beforeEach(async () => {
    dataDir = await freshFolder();
  });
  afterEach(() => removeFolder(dataDir));

  it("knows a revision for deadly after two deaths, over any number of starts, and no other", async () => {
    await (await open()).begin(first);
    const afterOne = await open();
    expect(afterOne.isDeadly(first)).toBe(false);
    await afterOne.begin(first);
    const afterTwo = await open();
    expect(afterTwo.isDeadly(first)).toBe(true);
    expect(afterTwo.isDeadly(second)).toBe(false);
    await afterTwo.begin(second);
    await afterTwo.end();
    expect((await open()).isDeadly(first)).toBe(true);
  });

  it("counts the deaths of a revision although the start in between applies what is on disk first", async () => {
    const onDisk = { revision: 6, epoch: 1, rootHash: "b".repeat(64) };
    for (const deadly of [false, false, true]) {
      const guard = await open();
      expect(guard.isDeadly(first)).toBe(deadly);
      expect(guard.isDeadly(onDisk)).toBe(false);
      await guard.begin(onDisk);
      if (!deadly) await guard.begin(first);
    }
  });

  it("does not hold the death of one revision against another, nor against one that ran since", async () => {
    await (await open()).begin(first);
    const next = await open();
    await next.begin(first);
    await next.end();
    await next.begin(second);
    const last = await open();
    expect(last.isDeadly(first)).toBe(false);
    await last.begin(first);
    expect((await open()).isDeadly(first)).toBe(false);
  });

  it("forgets an attempt that ended orderly", async () => {
    for (let start = 0; start < 5; start += 1) {
      const guard = await open();
      expect(guard.isDeadly(first)).toBe(false);
      await guard.begin(first);
      await guard.end();
    }
  });

  it("does not stand in the way when the disk refuses, and says so", async () => {
    const guard = await open();
    await removeFolder(dataDir);
    await guard.begin(first);
    expect(errors).toHaveLength(1);
  });
});
