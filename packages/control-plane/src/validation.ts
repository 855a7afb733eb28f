import type { z } from "zod";
import { type FieldIssue, ServiceError } from "./errors.js";

type RawIssue = z.core.$ZodRawIssue;

const listed = (values: readonly unknown[]): string => values.map((value) => String(value)).join(", ");

/** Reason and remedy where the schema itself gives none; what the schema says always wins. */
function explain(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? `is missing; give ${article(issue.expected)}` : `is of the wrong type; give ${article(issue.expected)}`;
    case "invalid_value":
      return issue.values.length === 1 ? `is not allowed; write ${listed(issue.values)}` : `is not allowed; choose one of ${listed(issue.values)}`;
    case "too_small":
      return `is too ${sizeWord(issue.origin, "small")}; the least is ${issue.minimum}${unit(issue.origin, issue.minimum)}`;
    case "too_big":
      return `is too ${sizeWord(issue.origin, "big")}; the most is ${issue.maximum}${unit(issue.origin, issue.maximum)}`;
    case "unrecognized_keys":
      return `has no field ${listed(issue.keys)} here; remove it or check its spelling`;
    case "invalid_union":
      return "fits none of the allowed forms; compare it with the reference of this kind";
    default:
      return "is not valid; compare it with the reference of this kind";
  }
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
const sizeWord = (origin: string, size: "small" | "big"): string =>
  origin === "string" || origin === "array" ? (size === "small" ? "short" : "long") : size;
function unit(origin: string, count: number | bigint): string {
  const word = origin === "string" ? " character" : origin === "array" ? " member" : "";
  return word === "" || Number(count) === 1 ? word : `${word}s`;
}

const joined = (path: readonly PropertyKey[]): string => path.map(String).join(".");

function issuesOf(error: z.ZodError): FieldIssue[] {
  return error.issues.map((issue) => ({ path: joined(issue.path), message: issue.message }));
}

/** A member that a form emptied is one that was left out: the database and the audit take JSON, which has no such thing. */
export function withoutUndefined<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutUndefined) as T;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, withoutUndefined(member)]]));
  return Object.fromEntries(members) as T;
}

/** The parsed input, or what is wrong with it: each issue names the field, the reason and the remedy. */
export function check<S extends z.ZodType>(
  schema: S,
  input: unknown,
): { readonly ok: true; readonly value: z.output<S> } | { readonly ok: false; readonly issues: FieldIssue[] } {
  const result = schema.safeParse(input, { error: explain });
  return result.success ? { ok: true, value: withoutUndefined(result.data) } : { ok: false, issues: issuesOf(result.error) };
}

/** @throws ServiceError `invalid` that carries `issues`. */
export function invalid(issues: readonly FieldIssue[]): ServiceError {
  const first = issues[0];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const message = first ? `${first.path === "" ? "The input" : first.path} ${first.message}${more}.` : "The input is not valid.";
  return new ServiceError("invalid", message, { issues });
}

/**
 * Parses what comes from outside; services trust types from here on (STYLE §2.4).
 * @throws ServiceError `invalid`, each wrong field with its path, reason and remedy
 */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = check(schema, input);
  if (result.ok) return result.value;
  throw invalid(result.issues);
}
