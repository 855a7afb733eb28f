import { CopyButton } from "@/ui/copy-button";

/** A value to be pasted elsewhere. */
export function CopyLine({ text }: { text: string }) {
  return (
    <div className="copy">
      <span>{text}</span>
      <CopyButton text={text} />
    </div>
  );
}
