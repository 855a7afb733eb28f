"use client";

import dynamic from "next/dynamic";
import { useParams } from "next/navigation";
import { useEffect, useState } from "react";
import type { Theme } from "@/lib/theme";
import { Icon } from "@/ui/icon";
import { fetchLateParts } from "@/ui/late";
import { Crumbs } from "./crumbs";
import { NavButton } from "./nav-button";
import { UnpublishedPill } from "./unpublished-pill";
import { useTypeAhead } from "./use-type-ahead";
import { UserButton } from "./user-button";

const loadCommandMenu = () => import("./command-menu").then((module) => module.CommandMenu);
const CommandMenu = dynamic(loadCommandMenu, { ssr: false });
/** The menu must be there within 100 ms of its keys: it is fetched once the page has come to rest. */
const PRELOAD_AFTER_MS = 1_500;

/** The bar above the sheet. */
export function Header({ organisation, version, theme }: { organisation: string; version: string; theme: Theme }) {
  const { slug } = useParams<{ slug?: string }>();
  const [menu, setMenu] = useState<{ open: boolean; scope: "all" | "tenants"; used: boolean }>({ open: false, scope: "all", used: false });
  const [query, setQuery] = useState("");
  const typeAhead = useTypeAhead(".cmdk-input", (key) => setQuery((query) => (key === "Backspace" ? query.slice(0, -1) : query + key)));
  const openMenu = (scope: "all" | "tenants") => {
    typeAhead.begin();
    setQuery("");
    setMenu({ open: true, scope, used: true });
  };
  const closeMenu = () => {
    typeAhead.end();
    setMenu((menu) => ({ ...menu, open: false }));
  };

  useEffect(() => {
    const timer = setTimeout(() => {
      fetchLateParts();
      // Away by now: its keys ask again.
      loadCommandMenu().then(
        () => setMenu((menu) => ({ ...menu, used: true })),
        () => undefined,
      );
    }, PRELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      if (menu.open) closeMenu();
      else openMenu("all");
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  });

  return (
    <header className="hdr">
      <NavButton organisation={organisation} version={version} />
      <Crumbs />
      <span className="sp" />
      <button type="button" className="switch" onClick={() => openMenu("tenants")}>
        <span className="t3">Tenant</span> {slug ?? "All tenants"} <Icon name="down" size={14} />
      </button>
      <button type="button" className="kfield" aria-label="Search or jump to" aria-keyshortcuts="Meta+K Control+K" onClick={() => openMenu("all")}>
        <Icon name="search" size={15} />
        <span>Search or jump to</span>
        <kbd>⌘K</kbd>
      </button>
      <UnpublishedPill />
      <UserButton theme={theme} />
      {menu.used && <CommandMenu open={menu.open} scope={menu.scope} query={query} onQuery={setQuery} onClose={closeMenu} />}
    </header>
  );
}
