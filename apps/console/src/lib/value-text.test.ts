import { describe, expect, it } from "vitest";
import { valueText } from "./value-text.js";

describe("a field's value on one line", () => {
  it.each([
    [undefined, "none"],
    [null, "none"],
    ["", "empty"],
    ["https://pay.example", "https://pay.example"],
    [30, "30"],
    [false, "false"],
    [[], "none"],
    [["ES256", "EdDSA"], "ES256, EdDSA"],
    [{ kind: "discovery" }, "kind=discovery"],
    [{ claim: "org_id", value: "acme" }, "claim=org_id value=acme"],
    [[{ claim: "groups", oneOf: ["a", "b"] }], "claim=groups oneOf=a, b"],
  ])("%j reads %s", (value, text) => expect(valueText(value)).toBe(text));
});
