/** What something does, a sentence a paragraph. */
export const Sentences = ({ of }: { of: readonly string[] }) => (
  <div className="grid gap-2">
    {of.map((sentence) => (
      <p key={sentence} className="t2">
        {sentence}
      </p>
    ))}
  </div>
);
