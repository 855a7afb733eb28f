import { expect, it } from "vitest";
import { exemptWith, keyParts } from "./limit-keys";

it.each([
  [{}, ""],
  [{ address: "192.0.2.1" }, "address 192.0.2.1"],
  [{ address: "192.0.2.1", username: "#00112233aabbccdd" }, "address 192.0.2.1, username #00112233aabbccdd"],
  [{ subject: "user-1", source: "acme/main", tenant: "acme" }, "subject user-1, of acme/main, tenant acme"],
  [{ source: "acme/main" }, "identity provider acme/main"],
  [{ apiKey: "acme/nightly", route: "main", plan: "scale" }, "API key acme/nightly, route main, plan scale"],
])("a key %j is told member by member", (key, told) => {
  const words = keyParts(key).map(({ name, value }) => `${name} ${value}`);
  expect(words.join(", ")).toBe(told);
});

it.each([
  [{ address: "192.0.2.1" }, false, { addresses: ["192.0.2.1/32"], apiKeys: [] }],
  [{ address: "2001:db8:1:2::/64" }, false, { addresses: ["2001:db8:1:2::/64"], apiKeys: [] }],
  [{ apiKey: "acme/nightly" }, false, { addresses: [], apiKeys: ["nightly"] }],
  [{ apiKey: "acme/nightly" }, true, { addresses: [], apiKeys: ["acme/nightly"] }],
  [{ username: "#00112233aabbccdd" }, true, null],
])("%j is spared by an exemption of its form, if any", (key, ofFleet, exempt) => {
  expect(exemptWith(undefined, key, ofFleet)).toEqual(exempt);
  if (exempt !== null) expect(exemptWith(exempt, key, ofFleet)).toBeNull();
});
