"use client";

import { documentText, hasComments } from "@sallyport/documents";
import { API_VERSION, type ConfigDocument, configDocument } from "@sallyport/snapshot";
import { useState } from "react";
import type { DefaultValues, FieldValues } from "react-hook-form";
import type { SpecForm } from "@/components/forms/use-spec-form";
import { type DocumentHead, readDocument, type TypedFault } from "./read-document";

/** A form and its document's text: one is made of the other, and what the text says to people stays in it. */
export interface DocumentText {
  readonly shown: "form" | "yaml";
  /** Turns to the text of what stands in the form, or back. Nothing happens while what is shown is wrong: it says what is. */
  readonly show: (shown: "form" | "yaml") => Promise<void>;
  /** Null while the form is shown, and while it is not known what is kept of the document. */
  readonly text: string | null;
  readonly faultsOf: (text: string) => readonly TypedFault[];
  readonly faults: readonly TypedFault[];
  readonly type: (text: string) => void;
  /** Something was typed as text since the page was opened. */
  readonly edited: boolean;
  /** What is to be kept of the text beside this spec; undefined: there is nothing, and never was. */
  readonly sourceFor: (spec: unknown) => string | null | undefined;
}

/** @param source what is kept of the document; undefined while nobody knows */
export function useDocumentText<Values extends FieldValues, Spec>(
  { form }: SpecForm<Values, Spec>,
  head: DocumentHead,
  source: string | null | undefined,
): DocumentText {
  const [shown, setShown] = useState<"form" | "yaml">("form");
  const [typed, setTyped] = useState<string | null>(null);
  const [edited, setEdited] = useState(false);
  const latest = typed ?? source ?? null;

  const documentOf = (spec: unknown): ConfigDocument | null => {
    const { kind, name, tenant } = head;
    const parsed = configDocument.safeParse({ apiVersion: API_VERSION, kind, metadata: tenant === null ? { name } : { name, tenant }, spec });
    return parsed.success ? parsed.data : null;
  };
  const faultsOf = (text: string): readonly TypedFault[] => {
    const read = readDocument(text, head);
    return read.ok ? [] : read.faults;
  };
  const declared = shown === "yaml" && typed === null && source !== undefined ? documentOf(form.getValues()) : null;
  const text = shown === "form" ? null : (typed ?? (declared === null ? null : documentText(latest, declared)));
  const faults = text === null ? [] : faultsOf(text);
  return {
    shown,
    async show(next) {
      if (next === "form") {
        // A text that is wrong is mended first: the form could not show it, and it would be gone.
        if (faults.length === 0) setShown(next);
        return;
      }
      if (!(await form.trigger())) return;
      const document = documentOf(form.getValues());
      if (document === null) return;
      // Where it is not known yet what is kept, the text is made when it is.
      if (typed !== null) setTyped(documentText(typed, document));
      setShown(next);
    },
    text,
    faultsOf,
    faults,
    edited,
    type(text) {
      setTyped(text);
      setEdited(true);
      const read = readDocument(text, head);
      // What the schema gives it also takes; the text that is wrong leaves the form as it was.
      if (read.ok) form.reset(read.document.spec as unknown as DefaultValues<Values>, { keepDefaultValues: true });
    },
    sourceFor(spec) {
      const document = documentOf(spec);
      if (document === null || latest === null) return undefined;
      const text = documentText(latest, document);
      return hasComments(text) ? text : null;
    },
  };
}
