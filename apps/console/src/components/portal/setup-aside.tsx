"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { type SetupStep, setupSteps } from "@/lib/portal-steps";
import { usePortal } from "@/trpc/portal-client";
import { Meter } from "@/ui/meter";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";

const LOOKS = {
  done: ["ok", "Done", "ok"],
  next: ["pend", "Next", "pend"],
  problem: ["att", "To fix", "fail"],
  theirs: ["unk", "Waits for others", "rest"],
  later: ["unk", "Later", "rest"],
} as const satisfies Record<SetupStep["state"], readonly [Tone, string, string]>;

/** How far the tenant is. The lines tick themselves while the page is open. */
export function SetupAside({ organisation, endsAt, mayTest }: { organisation: string; endsAt: Date; mayTest: boolean }) {
  const portal = usePortal();
  const pathname = usePathname();
  const { data } = useSuspenseQuery(portal.setup.read.queryOptions(undefined, { refetchInterval: 5_000 }));
  const steps = setupSteps(data, organisation);
  const done = steps.filter(({ state }) => state === "done").length;
  // Several steps are done on one page: the first of them that is open stands for it.
  const here = steps.filter(({ href }) => href === pathname);
  const current = here.find(({ state }) => state !== "done") ?? here[0];
  return (
    <aside aria-label="Setup">
      <h1>Set up sign-in</h1>
      <p className="t2 mt-1 mb-3" role="status">
        {done === steps.length ? "All done: your requests are let in." : `${done} of ${steps.length} done.`}
      </p>
      <Meter label={`${done} of ${steps.length} done`} parts={steps.map(({ state }) => LOOKS[state][2])} />
      <ol className="todo">
        {steps.map((step) => {
          const [tone, word] = LOOKS[step.state];
          return (
            <li key={step.id}>
              <Link href={step.href} aria-current={step === current ? "step" : undefined}>
                <Status tone={tone}>
                  <span className="sr">{word}</span>
                </Status>
                <span>
                  <span className="b">{step.title}</span>
                  <small>{step.detail}</small>
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
      <div className="topped mt-4 pt-3 t3">
        {mayTest && (
          <p className="mb-2">
            <Link href="/portal/test">Test a token</Link>
          </p>
        )}
        This access is yours alone and ends <Time at={endsAt} as="stamp" />.
      </div>
    </aside>
  );
}
