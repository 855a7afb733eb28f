"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";
import { Status } from "@/ui/status";

/** From an empty installation to the first protected request; each step ticks itself. Gone once something is published. */
export function FirstSteps() {
  const trpc = useTRPC();
  const { can } = useMe();
  const tenants = useQuery(trpc.tenants.list.queryOptions({ limit: 1, sort: "newest" }, { refetchInterval: 5_000 }));
  const nodes = useQuery(trpc.nodes.list.queryOptions(undefined, { enabled: can("node.read"), refetchInterval: 5_000 }));
  const tenant = tenants.data?.items[0];
  const base = tenant ? `/tenants/${tenant.slug}` : "/tenants/new";
  const steps = [
    { title: "Add a tenant", why: "a customer with identity providers and routes of its own", href: "/tenants/new", done: tenant !== undefined },
    {
      title: "Register its identity provider",
      why: "whose tokens are accepted, and as whom",
      href: tenant ? `${base}/identity-providers/new` : base,
      done: (tenant?.idpCount ?? 0) > 0,
    },
    {
      title: "Add a route",
      why: "which requests, and where they go",
      href: tenant ? `${base}/routes/new` : base,
      done: (tenant?.routeCount ?? 0) > 0,
    },
    { title: "Add a node", why: "one command; it enrols with a one-time token", href: "/nodes?add=true", done: (nodes.data?.length ?? 0) > 0 },
    { title: "Publish", why: "nothing reaches a node before", href: "/draft", done: false },
  ];
  const next = steps.findIndex((step) => !step.done);
  return (
    <section className="room flush ruled">
      <RoomHead title="First steps" count={`${steps.filter((step) => step.done).length} of ${steps.length}`} />
      <ol className="topped">
        {steps.map((step, index) => (
          <li key={step.title} className="line">
            <span className="w-20">
              {step.done ? (
                <Status tone="ok" coloured>
                  Done
                </Status>
              ) : index === next ? (
                <Status tone="pend" coloured>
                  Next
                </Status>
              ) : (
                <Status tone="unk">Later</Status>
              )}
            </span>
            {step.done ? <span className="t2">{step.title}</span> : <Link href={step.href}>{step.title}</Link>}
            <span className="t3 ell hide-s">{step.why}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
