import type { Json } from "@/lib/rows";

/** A field's value as one line: texts bare, lists with commas, objects as JSON; nothing there as `none`. */
export function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return "none";
  if (typeof value === "string") return value === "" ? "empty" : value;
  if (Array.isArray(value)) {
    if (value.length === 0) return "none";
    return value.every((member) => typeof member === "string" || typeof member === "number") ? value.join(", ") : JSON.stringify(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
