"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { countOf } from "@/lib/format";
import type { PortalSetup } from "@/lib/portal-steps";
import type { PortalOutputs } from "@/server/portal/root";
import { usePortal } from "@/trpc/portal-client";
import { Button } from "@/ui/button";
import { Status, type Tone } from "@/ui/status";
import { Time } from "@/ui/time";

type Row = PortalOutputs["providers"]["list"][number];
type Facts = PortalSetup["providers"][number];

function stateOf(facts: Facts | undefined, organisation: string): { tone: Tone; word: string } {
  if (facts === undefined) return { tone: "pend", word: "Saved" };
  if (!facts.enabled) return { tone: "unk", word: "Switched off" };
  return facts.isLive ? { tone: "ok", word: "Live" } : { tone: "pend", word: `Waits for ${organisation}` };
}

/** One block a provider: whose it is, whether the gateway has it, and what its checks say. */
export function ProviderLines(props: { rows: readonly Row[]; organisation: string; onChange: (name: string) => void; onAdd: () => void }) {
  const { rows, organisation, onChange, onAdd } = props;
  const portal = usePortal();
  const { data } = useSuspenseQuery(portal.setup.read.queryOptions(undefined, { refetchInterval: 5_000 }));
  return (
    <>
      <section className="box" aria-label="Identity providers">
        {rows.map((row) => {
          const facts = data.providers.find(({ name }) => name === row.name);
          const { tone, word } = stateOf(facts, organisation);
          return (
            <div key={row.name} className="part">
              <div className="rh">
                <h3 className="b">{row.name}</h3>
                <span className="end">
                  <Status tone={tone}>{word}</Status>
                  <Button size="sm" aria-label={`Change ${row.name}`} onClick={() => onChange(row.name)}>
                    Change
                  </Button>
                </span>
              </div>
              <p className="m break-all">{row.spec.issuer}</p>
              <p className="t3 mt-1">
                {facts === undefined || facts.checkedAt === null ? (
                  "Not checked yet"
                ) : (
                  <>
                    {facts.failed > 0 ? `${countOf(facts.failed, "check")} failed` : "All checks passed"}, <Time at={facts.checkedAt} as="phrase" />
                  </>
                )}
              </p>
            </div>
          );
        })}
      </section>
      <p className="mt-5">
        <Button onClick={onAdd}>Register another</Button>
      </p>
    </>
  );
}
