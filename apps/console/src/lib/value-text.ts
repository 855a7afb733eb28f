import type { Json } from "@/lib/rows";

const isRecord = (value: Json): value is { readonly [key: string]: Json | undefined } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field's value as one line: texts bare, lists with commas, objects as `key=value`; nothing there as `none`. */
export function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "none";
  if (typeof value === "string") return value === "" ? "empty" : value;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((member: Json) => valueText(member)).join(", ");
  if (!isRecord(value)) return String(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.length === 0 ? "none" : members.map(([key, member]) => `${key}=${valueText(member)}`).join(" ");
}
