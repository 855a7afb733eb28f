"use client";

import { useQuery } from "@tanstack/react-query";
import { useMe } from "@/components/session/session-context";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Dialog } from "@/ui/dialog";
import { Status } from "@/ui/status";

/** A key in clear, for as long as this is open. */
export function KeyShownOnce({ title, apiKey, after, onClose }: { title: string; apiKey: string; after?: string; onClose: () => void }) {
  const trpc = useTRPC();
  const { can } = useMe();
  const settings = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled: can("fleet.read") }));
  const header = settings.data?.spec.apiKeys.header ?? "X-API-Key";
  return (
    <Dialog open onClose={onClose} wide sticky title={title} description="It works at every node within seconds, without a publish.">
      <div className="fields">
        <div className="note att">
          <Status tone="att" />
          <span>Copy it now. Only its hash is kept: nobody can show it again.</span>
        </div>
        <CodeBlock title="API key" text={apiKey} />
        <p className="t2">
          Send it in the header <code>{header}</code>, on routes that take API keys.{after && ` ${after}`}
        </p>
      </div>
      <footer>
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </footer>
    </Dialog>
  );
}
