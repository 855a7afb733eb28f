import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { LeaveGuardProvider } from "@/components/leaving/leave-guard";
import { MeProvider } from "@/components/session/session-context";
import { Header } from "@/components/shell/header";
import { Rail } from "@/components/shell/rail";
import { StaleNotice } from "@/components/shell/stale-notice";
import { prefetched } from "@/lib/prefetched";
import { THEME_COOKIE, themeOf } from "@/lib/theme";
import { controlPlane } from "@/server/control-plane";
import { requireSession } from "@/server/current-session";
import { HydrateClient, trpc } from "@/trpc/server";
import packageJson from "../../../package.json";

/** The rail, the header and the sheet. Access is checked by each page: a layout is not drawn again when only the page changes. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const session = await requireSession();
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  const may = session.actor.grants.fleet;
  // The counts in the rail and the header are there from the first paint.
  const [{ orgName }] = await Promise.all([
    controlPlane().installation.facts(),
    may.has("draft.read") && prefetched(trpc.draft.summary.queryOptions()),
    may.has("alert.read") && prefetched(trpc.alerts.list.queryOptions({ limit: 1 })),
  ]);
  const about = { organisation: orgName, version: `v${packageJson.version}` };
  const me = {
    personId: session.person.id,
    displayName: session.person.displayName,
    email: session.person.email,
    roles: session.person.roles.map((grant) => grant.role),
    permissions: [...session.actor.grants.fleet],
  };
  return (
    <MeProvider me={me}>
      <LeaveGuardProvider>
        <a className="skip-link" href="#content">
          Skip to the content
        </a>
        <div className="app">
          <HydrateClient>
            <Rail {...about} />
          </HydrateClient>
          <div className="main">
            <HydrateClient>
              <Header {...about} theme={theme} />
            </HydrateClient>
            <main className="sheet" id="content" tabIndex={-1}>
              <StaleNotice />
              {children}
            </main>
          </div>
        </div>
      </LeaveGuardProvider>
    </MeProvider>
  );
}
