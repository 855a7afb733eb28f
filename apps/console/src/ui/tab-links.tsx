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

/** Left between a tab and the edge of the strip, px. */
const EDGE = 24;

/** Scrolls the strip, and not the page. */
function bringIn(strip: Element, tab: Element): void {
  const [frame, box] = [strip.getBoundingClientRect(), tab.getBoundingClientRect()];
  if (box.left < frame.left + EDGE) strip.scrollLeft -= frame.left + EDGE - box.left;
  else if (box.right > frame.right - EDGE) strip.scrollLeft += box.right - frame.right + EDGE;
}

/** Tabs that are pages of their own; the current one is underlined by the split bar. `/x` counts as current below `/x/…` too, except the first. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly TabLink[] }) {
  const path = usePathname();
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen the current tab may lie outside, and so may the one that the focus comes to.
  useEffect(() => {
    const current = nav.current?.querySelector(`[href="${CSS.escape(path)}"]`);
    if (nav.current && current) bringIn(nav.current, current);
  }, [path]);
  return (
    <nav ref={nav} className="tabs" aria-label={label} onFocus={(event) => bringIn(event.currentTarget, event.target)}>
      {tabs.map((tab, index) => (
        <Link key={tab.href} href={tab.href} aria-current={path === tab.href || (index > 0 && path.startsWith(`${tab.href}/`)) ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <span className="n">{count(tab.count)}</span>}
        </Link>
      ))}
    </nav>
  );
}
