"use client";

import { useMe } from "@/components/session/session-context";
import { PageHead } from "@/ui/page-head";
import { TabLinks } from "@/ui/tab-links";

/** The head of the settings' pages. */
export function SettingsHead() {
  const { can } = useMe();
  return (
    <>
      <PageHead title="Settings" answer="What holds for the whole fleet, and who may change it." />
      <TabLinks
        label="Settings"
        tabs={[
          { href: "/settings", label: "Fleet" },
          { href: "/settings/limits", label: "Fleet limits" },
          { href: "/settings/lockout", label: "Lockout" },
          { href: "/settings/tests", label: "Policy tests" },
          ...(can("people.read") ? [{ href: "/settings/people", label: "People and roles" }] : []),
          ...(can("token.write") ? [{ href: "/settings/tokens", label: "API tokens" }] : []),
          { href: "/settings/sessions", label: "My sessions" },
        ]}
      />
    </>
  );
}
