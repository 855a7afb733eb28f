"use client";

import { RoomHead } from "@/ui/page-head";
import { Status, type Tone } from "@/ui/status";
import type { ReviewWarning } from "./use-review";

const LOOKS = {
  opening: ["fail", "Opens"],
  warning: ["att", "Weaker"],
  notice: ["unk", "Note"],
} as const satisfies Record<ReviewWarning["severity"], readonly [Tone, string]>;

const MAX_NOTICES = 8;

function Explained({ warning }: { warning: ReviewWarning }) {
  const [tone, word] = LOOKS[warning.severity];
  return (
    <span className="min-w-0">
      <Status tone={tone} coloured>
        {word}
      </Status>{" "}
      <code>{warning.path}</code> {warning.message}
      {warning.severity !== "notice" && <span className="t3 block">{warning.remedy}</span>}
    </span>
  );
}

/** What the publish weakens, each with a box to say that it is meant; below it, what is only worth knowing. */
export function ReviewWarnings({
  warnings,
  acknowledged,
  onAcknowledge,
}: {
  warnings: readonly ReviewWarning[];
  acknowledged: ReadonlySet<string>;
  /** Null for those who only read. */
  onAcknowledge: ((id: string, on: boolean) => void) | null;
}) {
  if (warnings.length === 0) return null;
  const asking = warnings.filter(({ severity }) => severity !== "notice");
  const notices = warnings.filter(({ severity }) => severity === "notice");
  const open = asking.filter(({ id }) => !acknowledged.has(id)).length;
  return (
    <section className="room flush ruled" aria-label="Warnings">
      <RoomHead
        title="Warnings"
        end={asking.length === 0 ? "nothing is blocked" : open === 0 ? "all acknowledged" : `${open} of ${asking.length} to acknowledge`}
      />
      <ul className="topped warns">
        {asking.map((warning) => (
          <li key={warning.id}>
            {onAcknowledge ? (
              <label>
                <input
                  type="checkbox"
                  className="chk"
                  aria-label={`Acknowledge: ${warning.path} ${warning.message}`}
                  checked={acknowledged.has(warning.id)}
                  onChange={(event) => onAcknowledge(warning.id, event.target.checked)}
                />
                <Explained warning={warning} />
              </label>
            ) : (
              <Explained warning={warning} />
            )}
          </li>
        ))}
        {notices.slice(0, MAX_NOTICES).map((warning) => (
          <li key={warning.id}>
            <Explained warning={warning} />
          </li>
        ))}
        {notices.length > MAX_NOTICES && <li className="t3">and {notices.length - MAX_NOTICES} more to look at</li>}
      </ul>
    </section>
  );
}
