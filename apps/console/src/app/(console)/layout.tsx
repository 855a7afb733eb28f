import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { MeProvider } from "@/components/session/session-context";
import { Header } from "@/components/shell/header";
import { Rail } from "@/components/shell/rail";
import { StaleNotice } from "@/components/shell/stale-notice";
import { THEME_COOKIE, themeOf } from "@/lib/theme";
import { requireSession } from "@/server/current-session";
import packageJson from "../../../package.json";

/** The rail, the header and the sheet. Access is checked by each page: a layout is not drawn again when only the page changes. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const session = await requireSession();
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  const about = { organisation: "Sallyport", version: `v${packageJson.version}` };
  const me = {
    personId: session.person.id,
    displayName: session.person.displayName,
    email: session.person.email,
    roles: session.person.roles.map((grant) => grant.role),
    permissions: [...session.actor.grants.fleet],
  };
  return (
    <MeProvider me={me}>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <div className="app">
        <Rail {...about} />
        <div className="main">
          <Header {...about} theme={theme} />
          <main className="sheet" id="content" tabIndex={-1}>
            <StaleNotice />
            {children}
          </main>
        </div>
      </div>
    </MeProvider>
  );
}
