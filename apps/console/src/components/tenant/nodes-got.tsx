"use client";

import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useMe } from "@/components/session/session-context";
import { bytes } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { RoomHead } from "@/ui/page-head";
import { RevisionFace } from "@/ui/revision-face";
import { EmptyState, SkeletonRows } from "@/ui/states";
import { Status } from "@/ui/status";

const YamlBlock = lazy(() => import("@/ui/yaml-block"));

/** The tenant's section of the live revision, byte for byte what nodes verified. */
export function NodesGot({ slug }: { slug: string }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const revisions = useQuery(trpc.revisions.list.queryOptions({ limit: 1 }, { enabled: can("draft.read"), refetchInterval: 10_000 }));
  const diff = useQuery(trpc.draft.diff.queryOptions({ tenant: slug }, { enabled: can("draft.read") }));
  // A tenant that was never published has no section to ask for.
  const isNew = diff.data?.sections.some((section) => section.tenant === slug && section.change === "added") ?? true;
  const live = isNew ? undefined : revisions.data?.items[0];
  const section = useQuery(
    trpc.revisions.section.queryOptions({ number: live?.number ?? 1, section: `tenants/${slug}` }, { enabled: live !== undefined, retry: false }),
  );
  const [open, setOpen] = useState(false);
  if (!can("draft.read")) return null;
  return (
    <section className="room">
      <RoomHead
        title="What exactly the nodes got"
        end={
          section.data && (
            <Button size="xs" variant="ghost" onClick={() => setOpen(true)}>
              Open YAML
            </Button>
          )
        }
      />
      {revisions.isPending || diff.isPending || (live && section.isPending) ? (
        <SkeletonRows rows={4} />
      ) : !live || !section.data ? (
        <EmptyState title="Nothing yet">No published revision has this tenant.</EmptyState>
      ) : (
        <dl className="kv">
          <dt>Revision</dt>
          <dd>
            <RevisionFace number={live.number} hash={live.rootHash} />
          </dd>
          <dt>Section</dt>
          <dd>
            <code>{section.data.name}</code>
          </dd>
          <dt>SHA-256</dt>
          <dd>
            <code>
              {section.data.hash.slice(0, 12)} … {section.data.hash.slice(-4)}
            </code>
          </dd>
          <dt>Applied by</dt>
          <dd>
            <Status tone={live.applied >= live.targets ? "ok" : "att"}>
              {live.applied} of {live.targets} nodes
            </Status>
          </dd>
          <dt>Size</dt>
          <dd>
            <code>{bytes(JSON.stringify(section.data.body).length)}</code>
          </dd>
        </dl>
      )}
      <Dialog open={open} onClose={() => setOpen(false)} wide title={`tenants/${slug} in revision ${live?.number ?? ""}`}>
        <div>
          <Suspense fallback={<SkeletonRows rows={6} />}>
            <YamlBlock value={section.data?.body} title={`${slug}.yaml`} />
          </Suspense>
        </div>
        <footer>
          <Button onClick={() => setOpen(false)}>Close</Button>
        </footer>
      </Dialog>
    </section>
  );
}
