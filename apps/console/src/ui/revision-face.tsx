import { shortHash } from "@/lib/format";
import { hashFace } from "@/lib/hash-face";
import { classNames } from "./class-names";

/** The eight bars of a root hash. */
export function HashFace({ hash }: { hash: string }) {
  return (
    <svg width="23" height="12" viewBox="0 0 23 12" fill="currentColor" role="img" aria-label={`root hash ${hash.slice(0, 8)}`}>
      {hashFace(hash).map((bar) => (
        <rect key={bar.x} x={bar.x} y={bar.y} width="2" height={bar.height} />
      ))}
    </svg>
  );
}

/** A revision: its face, its number and, where there is room, the first digits of its hash. `odd` marks the one that differs. */
export function RevisionFace({
  number,
  hash,
  look,
  digits = true,
}: {
  number: number | null;
  hash: string | null;
  look?: "odd" | "next";
  digits?: boolean;
}) {
  if (number === null && hash === null) return <span className="t3">–</span>;
  return (
    <span className={classNames("rev", look)}>
      {hash && <HashFace hash={hash} />}
      {number ?? "–"}
      {digits && hash && <span className="t3">{shortHash(hash)}</span>}
    </span>
  );
}
