"use client";

import { useClock } from "@/hooks/use-clock";
import { countOf } from "@/lib/format";
import { spanOf, stripFrom } from "@/lib/radar-words";
import { dateIn } from "@/lib/relative-time";
import type { RadarDetail } from "@/lib/rows";
import { classNames } from "@/ui/class-names";
import { Time } from "@/ui/time";

type Key = RadarDetail["keyRows"][number];

/** Of keys that are gone, the last few. */
const GONE_SHOWN = 5;

/** One line a key: from when it was first seen to now, or to when it was gone, and who holds it. @param nodes that were heard of; null where nobody may say */
export function KeyStrip({ keys, nodes }: { keys: readonly Key[]; nodes: number | null }) {
  const { now, zone } = useClock();
  const published = keys.filter(({ vanishedAt }) => vanishedAt === null);
  const gone = keys.filter(({ vanishedAt }) => vanishedAt !== null);
  const shown = [...published, ...gone.slice(0, GONE_SHOWN)];
  const from = stripFrom(
    shown.map(({ firstSeenAt }) => firstSeenAt.getTime()),
    now,
  );
  return (
    <div className="topped">
      <ul className="key-strip" aria-label="Keys over time">
        {shown.map((key) => (
          <KeyLine key={`${key.kid}${key.thumbprint}`} of={key} from={from} now={now} nodes={nodes} />
        ))}
      </ul>
      <p className="key-axis" aria-hidden="true">
        <span>{dateIn(from, zone)}</span>
        <span>now</span>
      </p>
      {gone.length > GONE_SHOWN && <p className="line t3">{countOf(gone.length - GONE_SHOWN, "key")} that went before are not shown.</p>}
    </div>
  );
}

function KeyLine({ of: key, from, now, nodes }: { of: Key; from: number; now: number; nodes: number | null }) {
  const { left, width } = spanOf({ firstSeen: key.firstSeenAt.getTime(), until: key.vanishedAt?.getTime() ?? null }, from, now);
  const look = key.vanishedAt !== null ? (key.heldBy > 0 ? "held" : "gone") : key.problem !== null ? "unused" : undefined;
  return (
    <li>
      <p className="key-name">
        <code className={classNames("ell", key.vanishedAt !== null && "t3")} title={`${key.kid ?? "no kid"}, thumbprint ${key.thumbprint}`}>
          {key.kid ?? "no kid"}
        </code>
        <span className="t3">
          {key.alg ?? `${key.kty} ${key.crv ?? key.bits ?? ""}`}
          {key.problem !== null && `, ${key.problem}`}
        </span>
        <span className="held">{heldWords(key, nodes)}</span>
      </p>
      <svg className="key-track" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect className={look} x={left} width={width} height="1" />
      </svg>
      <p className="t3">
        first seen <Time at={key.firstSeenAt} as="phrase" />
        {key.vanishedAt !== null && (
          <>
            , gone <Time at={key.vanishedAt} as="phrase" />
          </>
        )}
      </p>
    </li>
  );
}

function heldWords({ heldBy, vanishedAt, nodes: names }: Key, nodes: number | null) {
  if (heldBy === 0) return vanishedAt === null && <span className="t3">at no node</span>;
  const all = nodes !== null && nodes === heldBy && nodes > 1 ? `at all ${nodes} nodes` : `at ${countOf(heldBy, "node")}`;
  return <span title={names?.join(", ")}>{names !== null && names.length <= 2 ? `at ${names.join(" and ")}` : all}</span>;
}
