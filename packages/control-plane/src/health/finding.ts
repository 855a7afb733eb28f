import type { CheckId } from "./catalogue.js";

/** `unknown` is not `ok`: nobody could tell. */
export const HEALTH_STATES = ["ok", "warn", "fail", "unknown"] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** Something that a check found. */
export interface Finding {
  /** What it is about, stable while it lasts: a node's name, `tenant/provider`. */
  readonly subject: string;
  /** One line. */
  readonly title: string;
  /** One or two sentences: what is known of this case. */
  readonly detail: string;
  /** When it began, where the facts say so. */
  readonly since: Date | null;
  readonly fix: { readonly label: string; readonly href: string } | null;
}

/** What a check came to. @param why it could not be told */
export type Outcome = { readonly findings: readonly Finding[] } | { readonly unknown: string };

export type Evaluations = Record<CheckId, (options: { readonly fresh: boolean }) => Promise<Outcome>>;

export const found = (findings: readonly Finding[]): Outcome => ({ findings });
export const NOTHING: Outcome = found([]);
