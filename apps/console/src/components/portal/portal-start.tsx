"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { type PortalSetup, type SetupStep, setupSteps } from "@/lib/portal-steps";
import { usePortal } from "@/trpc/portal-client";
import { LinkButton } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { CopyLine } from "./copy-line";

const requestOf = ({ address, path }: PortalSetup): string =>
  `curl -i ${address ?? "https://GATEWAY"}${path} \\\n  -H "Authorization: Bearer $TOKEN"`;

/** What only who runs the gateway can do. */
const THEIRS: Partial<Record<SetupStep["id"], string>> = { address: "add a route that takes tokens", live: "put it live" };

/** What is next, where the tenant is reached, and the first request. */
export function PortalStart({ organisation, mayRegister }: { organisation: string; mayRegister: boolean }) {
  const portal = usePortal();
  const { data } = useSuspenseQuery(portal.setup.read.queryOptions(undefined, { refetchInterval: 5_000 }));
  const steps = setupSteps(data, organisation);
  const open = steps.find(({ state }) => state === "next" || state === "problem");
  const waits = steps.filter(({ state }) => state === "theirs");
  return (
    <>
      <p className="lab">{open ? "Next" : waits.length > 0 ? "Your part is done" : "Done"}</p>
      <h2 className="step mb-1">{open?.title ?? (waits.length > 0 ? `${organisation} has to act` : "Your requests are let in")}</h2>
      <p className="t2 mb-5">
        {waits.length > 0
          ? `${organisation} still has to ${waits.map(({ id }) => THEIRS[id] ?? "act").join(", and to ")}. This page turns by itself.`
          : "Each step ticks itself; you may leave and come back in this browser."}
      </p>
      {mayRegister && open !== undefined && (open.id === "provider" || open.id === "checks") && (
        <p className="mb-5">
          <LinkButton variant="primary" href="/portal/identity-provider">
            {open.title}
          </LinkButton>
        </p>
      )}
      <section className="box" aria-label="Your address">
        <div className="part">
          <div className="rh">
            <h3 className="b">Your address</h3>
          </div>
          {data.address === null ? (
            <p className="t2">
              Requests come in below <code>{data.path}</code> of the gateway. Ask {organisation} for its name.
            </p>
          ) : (
            <CopyLine text={`${data.address}${data.path}`} />
          )}
        </div>
        <div className="part">
          <div className="rh">
            <h3 className="b">The first request</h3>
            <span className="end" role="status">
              {data.firstAllowedAt ? (
                <Status tone="ok" coloured>
                  <span>
                    Seen, the last <Time at={data.lastAllowedAt} as="phrase" />
                  </span>
                </Status>
              ) : data.refused24h > 0 ? (
                <Status tone="att" coloured>
                  {data.refused24h} refused in 24 h, none let in
                </Status>
              ) : (
                <Status tone="pend">Waiting for it</Status>
              )}
            </span>
          </div>
          <CodeBlock text={requestOf(data)} />
          <p className="t3 mt-2">
            <code>$TOKEN</code> is an access token of your identity provider. A refused request says why in its body.
          </p>
        </div>
      </section>
    </>
  );
}
