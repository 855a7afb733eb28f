import type { ReactNode } from "react";
import { classNames } from "./class-names";

/** Each tone has a shape of its own: disc, half disc, triangle, square, dashed ring, diamond. */
export type Tone = "ok" | "pend" | "att" | "fail" | "unk" | "draft";

/** A status: shape and word, coloured text on request. Colour never stands alone. */
export function Status({
  tone,
  coloured = false,
  className,
  children,
}: {
  tone: Tone;
  coloured?: boolean;
  className?: string;
  children?: ReactNode;
}) {
  return <span className={classNames("st", tone, coloured && "t", className)}>{children}</span>;
}

/** The same in a tinted frame, for heads of pages and drawers. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={classNames("st badge", tone)}>{children}</span>;
}

const SEVERITY = {
  critical: ["c", "C", "Critical"],
  high: ["h", "H", "High"],
  medium: ["md", "M", "Medium"],
  low: ["l", "L", "Low"],
} as const;
export type SeverityName = keyof typeof SEVERITY;

/** A severity's letter in its colour; the whole word is there for readers and on hover. */
export function Severity({ of }: { of: SeverityName }) {
  const [look, letter, word] = SEVERITY[of];
  return (
    <span className={classNames("sev", look)} title={word} role="img" aria-label={word}>
      {letter}
    </span>
  );
}
