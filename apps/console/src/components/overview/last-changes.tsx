import Link from "next/link";
import { actionPhrase } from "@/lib/audit-words";
import { initials } from "@/lib/format";
import type { OverviewData } from "@/lib/rows";
import { RoomHead } from "@/ui/page-head";
import { EmptyState } from "@/ui/states";
import { Time } from "@/ui/time";

/** Who changed what last. */
export function LastChanges({ changes }: { changes: OverviewData["lastChanges"] }) {
  return (
    <>
      <RoomHead title="Last changes" end={<Link href="/audit">Audit log</Link>} />
      <ul className="topped">
        {changes.length === 0 && (
          <li>
            <EmptyState title="No changes yet">Every change is written down here with who made it and from where.</EmptyState>
          </li>
        )}
        {changes.map((change) => (
          <li key={change.id} className="line">
            <span className="m11 t3 w-5">{initials(change.actorName)}</span>
            <span className="ell grow">
              <span className="b">{change.actorName}</span> <span className="t2">{actionPhrase(change)}</span>
            </span>
            <span className="t3">
              <Time at={change.at} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
