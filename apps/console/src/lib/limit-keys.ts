import type { RateLimitPolicySpec } from "@sallyport/snapshot";
import type { TopKeyRow } from "./rows";

type LimitKey = TopKeyRow["key"];

const MEMBERS = [
  ["address", "address"],
  ["username", "username"],
  ["subject", "subject"],
  ["apiKey", "API key"],
  ["route", "route"],
  ["plan", "plan"],
  ["tenant", "tenant"],
] as const satisfies readonly (readonly [keyof LimitKey, string])[];

/** What a limit counted by, member by member. `everybody` has none. @param known a member that the page says already */
export function keyParts(key: LimitKey, known?: keyof LimitKey): { name: string; value: string }[] {
  const parts = MEMBERS.flatMap(([member, name]) => {
    const value = key[member];
    return value === undefined || member === known ? [] : [{ name, value }];
  });
  // Of a subject its provider is a part of who it is; alone, it is what is counted.
  const source = key.source === undefined ? [] : [{ name: key.subject === undefined ? "identity provider" : "of", value: key.source }];
  const after = parts.findIndex(({ name }) => name === "subject") + 1;
  return [...parts.slice(0, after), ...source, ...parts.slice(after)];
}

/** A range of one address, or the /64 that it counts for. */
const rangeOf = (address: string): string => (address.includes("/") ? address : `${address}/${address.includes(":") ? 128 : 32}`);

type Exempt = NonNullable<RateLimitPolicySpec["exempt"]>;

/** The policy's exemptions with this key among them; null where exemptions cannot name it, or name it already. */
export function exemptWith(exempt: Partial<Exempt> | undefined, key: LimitKey, ofFleet: boolean): Exempt | null {
  const { addresses = [], apiKeys = [] } = exempt ?? {};
  if (key.apiKey !== undefined) {
    const name = ofFleet ? key.apiKey : key.apiKey.slice(key.apiKey.indexOf("/") + 1);
    return apiKeys.includes(name) ? null : { addresses: [...addresses], apiKeys: [...apiKeys, name] };
  }
  if (key.address === undefined) return null;
  const range = rangeOf(key.address);
  return addresses.includes(range) ? null : { addresses: [...addresses, range], apiKeys: [...apiKeys] };
}
