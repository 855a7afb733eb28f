import "server-only";
import type { Permission } from "@sallyport/control-plane";
import { notFound } from "next/navigation";
import { requireSession } from "@/server/current-session";
import type { CurrentSession } from "@/server/trpc/context";

/**
 * For pages that need a fleet-wide permission. Without it the page is not there: the same answer as for one that never was.
 * The services check again; this only keeps forms from being shown that would be refused.
 */
export async function requirePermission(permission: Permission, returnTo: string): Promise<CurrentSession> {
  const session = await requireSession(returnTo);
  if (!session.actor.grants.fleet.has(permission)) notFound();
  return session;
}
