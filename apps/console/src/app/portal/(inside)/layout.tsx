import type { ReactNode } from "react";
import { SetupAside } from "@/components/portal/setup-aside";
import { prefetched } from "@/lib/prefetched";
import { controlPlane } from "@/server/control-plane";
import { getPortalSession } from "@/server/portal/current";
import { portal } from "@/trpc/portal-server";
import { HydrateClient } from "@/trpc/server";

/** The steps, and beside them the page. */
export default async function InsideLayout({ children }: { children: ReactNode }) {
  const session = await getPortalSession();
  // The page sends them on.
  if (session === null) return children;
  const [{ orgName }] = await Promise.all([controlPlane().installation.facts(), prefetched(portal.setup.read.queryOptions())]);
  return (
    <div className="in">
      <HydrateClient>
        <SetupAside organisation={orgName} endsAt={session.endsAt} mayTest={session.intents.includes("test")} />
      </HydrateClient>
      <main className="min-w-0" id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
