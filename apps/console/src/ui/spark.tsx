/** 24 hours of one row: allowed stands on the line, refused hangs below it, each on a scale of its own. */
export function Spark({ bars }: { bars: readonly { allowed: number; refused: number }[] | undefined }) {
  const list = bars ?? [];
  const highest = Math.max(1, ...list.map((bar) => bar.allowed));
  const deepest = Math.max(1, highest * 0.08, ...list.map((bar) => bar.refused));
  return (
    <svg width="96" height="22" viewBox="0 0 96 22" role="img" aria-label="Requests of the last 24 hours: allowed above the line, refused below">
      <path d="M0 16.5h95" stroke="var(--line-strong)" />
      {list.map((bar, index) => {
        const up = (bar.allowed / highest) * 14;
        const down = (bar.refused / deepest) * 5;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its hour
          <g key={index}>
            {bar.allowed > 0 && <rect className="al" x={index * 4} y={16 - Math.max(0.6, up)} width="3" height={Math.max(0.6, up)} />}
            {bar.refused > 0 && <rect className="de" x={index * 4} y="17" width="3" height={Math.max(0.5, down)} />}
          </g>
        );
      })}
    </svg>
  );
}
