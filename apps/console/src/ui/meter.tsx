import { classNames } from "./class-names";

export type MeterPart = "ok" | "pend" | "fail" | "rest";

/** One segment a node, or one a hundredth where there are more: applied, pending, refused. */
export function Meter({ label, parts }: { label: string; parts: readonly MeterPart[] }) {
  const shown = parts.length <= 60 ? parts : Array.from({ length: 60 }, (_, index) => parts[Math.floor((index * parts.length) / 60)] ?? "rest");
  return (
    <div className="meter" role="img" aria-label={label}>
      {shown.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a segment is its place
        <i key={index} className={classNames(part !== "rest" && part)} />
      ))}
    </div>
  );
}

/** `ok` applied, `fail` refused, the rest of the targets pending. */
export const meterParts = ({ applied, refused = 0, targets }: { applied: number; refused?: number; targets: number }): MeterPart[] => [
  ...Array.from({ length: applied }, () => "ok" as const),
  ...Array.from({ length: refused }, () => "fail" as const),
  ...Array.from({ length: Math.max(0, targets - applied - refused) }, () => "pend" as const),
];
