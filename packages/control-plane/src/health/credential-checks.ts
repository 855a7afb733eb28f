import type { FleetTransaction } from "@sallyport/data";
import { found, type Outcome } from "./finding.js";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const MONTH_MS = 30 * DAY_MS;

export async function endingJoinTokens(tx: FleetTransaction, now: number): Promise<Outcome> {
  const expiresAt = { gt: new Date(now), lte: new Date(now + DAY_MS) };
  const rows = await tx.joinToken.findMany({
    where: { kind: "reusable", revokedAt: null, expiresAt },
    orderBy: { expiresAt: "asc" },
    select: { id: true, label: true, expiresAt: true, createdAt: true, group: { select: { name: true } } },
  });
  return found(
    rows.map((token) => {
      // One that was made for less than a day has been about to end since it was made.
      const since = new Date(Math.max(token.createdAt.getTime(), token.expiresAt.getTime() - DAY_MS));
      return {
        subject: token.id,
        title: `The join token “${token.label}” is about to end`,
        detail: `It is for many nodes of ${token.group.name}, and good until ${token.expiresAt.toISOString()}.`,
        since,
        fix: { label: "Open join tokens", href: "/groups" },
      };
    }),
  );
}

export async function endingApiTokens(tx: FleetTransaction, now: number): Promise<Outcome> {
  const rows = await tx.apiToken.findMany({
    where: {
      revokedAt: null,
      expiresAt: { gt: new Date(now - WEEK_MS), lte: new Date(now + WEEK_MS) },
      lastUsedAt: { gt: new Date(now - MONTH_MS) },
    },
    orderBy: { expiresAt: "asc" },
    select: { id: true, name: true, prefix: true, expiresAt: true, owner: { select: { displayName: true } } },
  });
  return found(
    rows.map((token) => {
      const isOver = token.expiresAt.getTime() <= now;
      return {
        subject: token.id,
        title: `The API token “${token.name}” ${isOver ? "has ended" : "is about to end"}`,
        detail: `${token.prefix}… of ${token.owner.displayName} is in use, and good until ${token.expiresAt.toISOString()}.`,
        since: isOver ? token.expiresAt : new Date(token.expiresAt.getTime() - WEEK_MS),
        fix: { label: "Open API tokens", href: "/settings/tokens" },
      };
    }),
  );
}
