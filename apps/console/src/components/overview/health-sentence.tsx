import type { OverviewData } from "@/lib/rows";

/** One sentence that answers the page's question; what is not well stands out by its words and its ink. */
export function HealthSentence({ health }: { health: OverviewData["health"] }) {
  const parts = health.sentence;
  return (
    <h1 className="answer">
      {parts.map((part, index) => (
        <span key={part} className={!health.ok && index === parts.length - 1 ? "att-ink" : undefined}>
          {part}{" "}
        </span>
      ))}
    </h1>
  );
}
