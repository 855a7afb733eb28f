"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Fragment } from "react";
import { SEGMENT_LABELS } from "./navigation";

/** Segments that are folders only, without a page of their own. */
const WITHOUT_PAGE = new Set(["upstreams", "rate-limits", "propagation", "degradation"]);

/** Where in the console this page stands; every step but the last is a link. */
export function Crumbs() {
  const segments = usePathname().split("/").filter(Boolean);
  const steps = segments.map((segment, index) => ({
    segment,
    href: `/${segments.slice(0, index + 1).join("/")}`,
    label: SEGMENT_LABELS[segment] ?? decodeURIComponent(segment),
  }));
  const shown = steps.filter((step) => !WITHOUT_PAGE.has(step.segment));
  const last = shown.pop();
  return (
    <nav className="crumbs" aria-label="Breadcrumb">
      {shown.map((step) => (
        <Fragment key={step.href}>
          <Link href={step.href}>{step.label}</Link>
          <i aria-hidden="true">/</i>
        </Fragment>
      ))}
      <b aria-current="page">{last?.label ?? "Overview"}</b>
    </nav>
  );
}
