"use client";

import { stringify } from "yaml";
import { CodeBlock } from "./code-block";

/** A value as YAML. Load it lazily: the writer is large. */
export default function YamlBlock({ value, title }: { value: unknown; title: string }) {
  return <CodeBlock text={stringify(value, { lineWidth: 0 })} title={title} />;
}
