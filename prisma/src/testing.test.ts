import { describe, expect, it } from "vitest";
import { createDataClients } from "./index.js";
import { createTestDatabase } from "./testing.js";

describe("test databases", () => {
  it("share nothing, and are gone once they are dropped", async () => {
    const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const [one, two] = [createDataClients(first), createDataClients(second)];
    await one.fleet.person.create({ data: { email: "a@example.com", displayName: "A" } });
    expect(await Promise.all([one.fleet.person.count(), two.fleet.person.count()])).toEqual([1, 0]);
    await Promise.all([one.close(), two.close()]);
    await Promise.all([first.drop(), second.drop()]);
    const gone = createDataClients(first);
    await expect(gone.fleet.person.count()).rejects.toThrow();
    await gone.close();
  });
});
