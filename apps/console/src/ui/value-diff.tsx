"use client";

import { stringify } from "yaml";
import { YamlDiff } from "./yaml-diff";

const text = (value: unknown): string => (value === null || value === undefined ? "" : stringify(value, { sortMapEntries: true, lineWidth: 0 }));

/** Two values as one YAML text, with what went and what came. Load it lazily: the writer is large. */
export default function ValueDiff({ title, before, after }: { title: string; before: unknown; after: unknown }) {
  return <YamlDiff title={title} before={text(before)} after={text(after)} />;
}
