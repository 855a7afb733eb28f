import { expect, test } from "vitest";
import { ServiceError } from "./errors.js";

test("an error of another copy of this module is known as one", async () => {
  const copy = (await import(`${new URL("./errors.js", import.meta.url).href}?copy`)) as typeof import("./errors.js");
  expect(copy.ServiceError).not.toBe(ServiceError);
  expect(new copy.ServiceError("invalid", "Wrong.")).toBeInstanceOf(ServiceError);
});

test("nothing else is", () => {
  for (const value of [new Error("Wrong."), { name: "ServiceError", code: "invalid" }, null, undefined, "ServiceError"])
    expect(value instanceof ServiceError).toBe(false);
});
