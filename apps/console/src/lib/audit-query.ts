/** What the audit log can be searched by. */
export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly tenant?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** A day's end: `created:<=2026-03-12` means all of that day. */
const endOf = (day: Date): Date => new Date(day.getTime() + 86_400_000 - 1);

function dayOf(text: string): Date | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const day = match ? new Date(`${text}T00:00:00Z`) : null;
  return day && !Number.isNaN(day.getTime()) ? day : null;
}

/**
 * Reads `actor:mara action:route.update target:payouts tenant:globex created:>=2026-03-01`; a word without a qualifier is part of a
 * target's name, values with blanks stand in quotes.
 * @returns the query, and the words that it could not read
 */
export function parseAuditQuery(text: string): { readonly query: AuditQuery; readonly unread: readonly string[] } {
  const query: { -readonly [Key in keyof AuditQuery]: AuditQuery[Key] } = {};
  const unread: string[] = [];
  for (const match of text.matchAll(/(?:(\w+):)?("[^"]*"|\S+)/g)) {
    const qualifier = match[1];
    const value = (match[2] ?? "").replace(/^"|"$/g, "");
    if (value === "") continue;
    if (qualifier === undefined || qualifier === "target") query.target = value;
    else if (qualifier === "actor" || qualifier === "action" || qualifier === "tenant") query[qualifier] = value;
    else if (qualifier === "created") {
      const [, operator = "", date = ""] = /^(>=|<=)?(.*)$/.exec(value) ?? [];
      const day = dayOf(date);
      if (!day) unread.push(match[0]);
      if (day && operator !== "<=") query.from = day;
      if (day && operator !== ">=") query.to = endOf(day);
    } else unread.push(match[0]);
  }
  return { query, unread };
}
