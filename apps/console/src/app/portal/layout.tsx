import type { ReactNode } from "react";
import { LeaveGuardProvider } from "@/components/leaving/leave-guard";
import { LeavePortal } from "@/components/portal/leave-portal";
import { controlPlane } from "@/server/control-plane";
import { getPortalSession } from "@/server/portal/current";
import { PortalApiProvider } from "@/trpc/portal-client";
import { Logo } from "@/ui/icon";

export const metadata = { title: { default: "Portal", template: "%s · Portal" } };

/** The portal's frame: whose gateway it is, whose pages these are, and the way out. Access is checked by each page. */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const session = await getPortalSession();
  const organisation = session === null ? null : (await controlPlane().installation.facts()).orgName;
  return (
    <PortalApiProvider>
      <LeaveGuardProvider>
        <div className="portal">
          <a className="skip-link" href="#content">
            Skip to the content
          </a>
          <header className="top">
            <span className="brand">
              <Logo />
              {organisation ?? "Sallyport"}
            </span>
            <span className="sp" />
            {session !== null && (
              <>
                <span className="t2 ell">{session.tenant.displayName}</span>
                <LeavePortal recipient={session.recipient} />
              </>
            )}
          </header>
          {children}
        </div>
      </LeaveGuardProvider>
    </PortalApiProvider>
  );
}
