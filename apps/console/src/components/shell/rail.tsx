"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useMe } from "@/components/session/session-context";
import { count } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { classNames } from "@/ui/class-names";
import { Icon, Logo } from "@/ui/icon";
import { isCurrent, NAVIGATION } from "./navigation";

/** Counts beside the rail's items; absent while unknown. */
function useRailCounts(): { draft?: number; alerts?: number } {
  const trpc = useTRPC();
  const { can } = useMe();
  const draft = useQuery(trpc.draft.summary.queryOptions(undefined, { enabled: can("draft.read"), refetchInterval: 10_000 }));
  const alerts = useQuery(trpc.alerts.list.queryOptions({ limit: 1 }, { enabled: can("alert.read"), refetchInterval: 5_000 }));
  return { draft: draft.data?.unpublished, alerts: alerts.data?.counts.needsSomebody };
}

/** The main navigation. */
export function Rail({ organisation, version, onNavigate }: { organisation: string; version: string; onNavigate?: () => void }) {
  const path = usePathname();
  const counts = useRailCounts();
  const { can } = useMe();
  return (
    <nav className="rail" aria-label="Main">
      <Link href="/" className="brand" onClick={onNavigate}>
        <Logo />
        Sallyport
      </Link>
      {NAVIGATION.map((group, index) => {
        const items = group.items.filter((item) => can(item.needs));
        if (items.length === 0) return null;
        return (
          <div key={group.items[0]?.href} className={index > 0 && !group.title ? "mt-2" : undefined}>
            {group.title && <h2>{group.title}</h2>}
            {items.map((item) => {
              const shown = item.count && counts[item.count];
              return (
                <Link key={item.href} href={item.href} onClick={onNavigate} aria-current={isCurrent(path, item.href) ? "page" : undefined}>
                  <Icon name={item.icon} />
                  {item.label}
                  {shown ? <span className={classNames("n", item.count === "alerts" && "fail")}>{count(shown)}</span> : null}
                </Link>
              );
            })}
          </div>
        );
      })}
      <div className="foot">
        {organisation}
        <br />
        {version}
      </div>
    </nav>
  );
}
