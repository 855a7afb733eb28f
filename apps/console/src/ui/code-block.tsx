import { Fragment, type ReactNode } from "react";
import { classNames } from "./class-names";
import { CopyButton } from "./copy-button";

const STRING = /("[^"]*"|'[^']*')/;

function coloured(line: string): ReactNode {
  if (/^\s*#/.test(line)) return <span className="c">{line}</span>;
  return line.split(STRING).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one fixed line
    <Fragment key={index}>{STRING.test(part) ? <span className="s">{part}</span> : part}</Fragment>
  ));
}

/** Lines of text with numbers and a copy button. */
export function CodeBlock({ text, title, className }: { text: string; title?: string; className?: string }) {
  return (
    <div className={classNames("code", className)}>
      <div className="cb">
        <span className="m11">{title ?? "shell"}</span>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines must be scrollable by keyboard */}
      <pre tabIndex={0}>
        {text.split("\n").map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <div key={index} className="ln">
            <i>{index + 1}</i>
            <u />
            <span>{coloured(line)}</span>
          </div>
        ))}
      </pre>
    </div>
  );
}
