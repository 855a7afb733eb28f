"use client";

import { useRouter } from "next/navigation";
import { type ReactElement, useState } from "react";
import { useLeavePage } from "@/components/leaving/leave-guard";
import { useMe } from "@/components/session/session-context";
import { useClock } from "@/hooks/use-clock";
import { SHORTCUTS_OFF_KEY } from "@/hooks/use-hotkeys";
import { THEME_COOKIE, type Theme } from "@/lib/theme";
import { Menu, MenuChoices, MenuItem, MenuLink } from "@/ui/menu";
import { notify, notifyFailure } from "@/ui/toast";

function applyTheme(theme: Theme): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
  document.cookie = `${THEME_COOKIE}=${theme}; Path=/; Max-Age=31536000; SameSite=Lax`;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Who is signed in, how the console looks to them, and the way out. */
export default function UserMenu({ theme: initialTheme, trigger }: { theme: Theme; trigger: ReactElement }) {
  const { displayName, email, can } = useMe();
  const { zone, chooseZone } = useClock();
  const [theme, setTheme] = useState(initialTheme);
  const router = useRouter();
  const leave = useLeavePage();

  const signOut = async () => {
    const response = await fetch("/api/session", { method: "DELETE" }).catch(() => null);
    if (!response?.ok) return notifyFailure("You are still signed in", { message: "The console's API did not answer. Try again." });
    window.location.assign("/sign-in");
  };
  const toggleShortcuts = () => {
    const off = localStorage.getItem(SHORTCUTS_OFF_KEY) === "1";
    localStorage.setItem(SHORTCUTS_OFF_KEY, off ? "0" : "1");
    notify({ title: off ? "Single-key shortcuts are on" : "Single-key shortcuts are off" });
  };

  return (
    <Menu align="end" defaultOpen trigger={trigger}>
      <div className="who">
        <div className="b">{displayName}</div>
        <div className="t3 t12">{email}</div>
      </div>
      <MenuChoices
        label="Theme"
        value={theme}
        options={[
          { value: "system", label: "System" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        onChoose={(chosen) => {
          applyTheme(chosen);
          setTheme(chosen);
          router.refresh();
        }}
      />
      <hr />
      <MenuChoices
        label="Times in"
        value={zone === "UTC" ? "UTC" : "local"}
        options={[
          { value: "local", label: "This browser's zone" },
          { value: "UTC", label: "UTC" },
        ]}
        onChoose={(chosen) => chooseZone(chosen === "UTC" ? "UTC" : localZone())}
      />
      <hr />
      <MenuItem onSelect={toggleShortcuts}>Single-key shortcuts on or off</MenuItem>
      <MenuLink href="/settings/sessions">My sessions</MenuLink>
      {can("token.write") && <MenuLink href="/settings/tokens">API tokens</MenuLink>}
      <hr />
      <MenuItem onSelect={() => leave(() => void signOut())}>Sign out</MenuItem>
    </Menu>
  );
}
