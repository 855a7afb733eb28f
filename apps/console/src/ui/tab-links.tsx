"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useEffect, useRef } from "react";
import { count } from "@/lib/format";

export interface TabLink {
  readonly href: string;
  readonly label: string;
  readonly count?: number;
}

/** Tabs that are pages of their own; the current one is underlined by the split bar. `/x` counts as current below `/x/…` too, except the first. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly TabLink[] }) {
  const path = usePathname();
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen the current tab may lie outside; bring it in without moving the page.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>(`[href="${CSS.escape(path)}"]`);
    if (nav.current && current) nav.current.scrollLeft = current.offsetLeft - 24;
  }, [path]);
  return (
    <nav ref={nav} className="tabs" aria-label={label}>
      {tabs.map((tab, index) => (
        <Link key={tab.href} href={tab.href} aria-current={path === tab.href || (index > 0 && path.startsWith(`${tab.href}/`)) ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <span className="n">{count(tab.count)}</span>}
        </Link>
      ))}
    </nav>
  );
}
