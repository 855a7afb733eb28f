import { textDifference } from "@/lib/text-difference";

/** Two texts one above the other, with the characters marked that differ. */
export function CompareTexts({ labels, left, right }: { labels: readonly [string, string]; left: string; right: string }) {
  const cut = textDifference(left, right);
  return (
    <div className="cmp">
      <div>
        <span>{labels[0]}</span>
        {cut.start}
        {cut.left && <mark>{cut.left}</mark>}
        {cut.end}
      </div>
      <div>
        <span>{labels[1]}</span>
        {cut.start}
        {cut.right && <mark>{cut.right}</mark>}
        {cut.end}
      </div>
    </div>
  );
}
