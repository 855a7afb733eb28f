"use client";

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

/** What is wrong at a place of the text, counted from 1. */
export interface EditorFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const THEME = EditorView.theme({
  "&": {
    font: "var(--m-12)",
    color: "var(--ink)",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--line-control)",
    borderRadius: "var(--r2)",
    overflow: "hidden",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "20px" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-3)", border: "none" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--accent-fill) !important" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line-strong)" },
});
const INKS = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.comment, color: "var(--ink-2)", fontStyle: "italic" },
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  ]),
);

/**
 * An editor for YAML. Tab leaves it, as every field. It lives in a shadow tree: there its styles are sheets of the document's own, which the
 * content security policy lets be.
 * @param start the text at the beginning; later ones need another `key`
 */
export default function CodeEditor({
  label,
  start,
  readOnly,
  faultsOf,
  onChange,
}: {
  label: string;
  start: string;
  readOnly: boolean;
  faultsOf: (text: string) => readonly EditorFault[];
  onChange: (text: string) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  // The editor outlives a render; what it calls is what the last one gave.
  const calls = useRef({ faultsOf, onChange });
  calls.current = { faultsOf, onChange };
  const first = useRef({ label, start, readOnly });
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const of = first.current;
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: of.start,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          yaml(),
          INKS,
          THEME,
          lintGutter(),
          linter(
            ({ state }) =>
              calls.current.faultsOf(state.doc.toString()).map(({ line, column, message }) => {
                const { from, to } = state.doc.line(Math.min(line, state.doc.lines));
                return { from: Math.min(from + column - 1, to), to, severity: "error", message };
              }),
            { delay: 150 },
          ),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": of.label }),
          EditorState.readOnly.of(of.readOnly),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => view.destroy();
  }, []);
  return <div ref={host} className="yaml-editor" />;
}
