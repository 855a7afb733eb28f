"use client";

import type { ReactNode } from "react";
import type { FieldValues } from "react-hook-form";
import { FormFrame } from "@/components/forms/form-frame";
import type { SpecForm } from "@/components/forms/use-spec-form";
import type { DocumentText } from "@/components/yaml/use-document-text";
import { YamlRoom } from "@/components/yaml/yaml-room";
import { Seg } from "@/ui/seg";

const SHOWN = [
  { value: "form", label: "Form" },
  { value: "yaml", label: "YAML" },
] as const;

/** A policy's fields, and beside them what it does in plain words. */
export function PolicyRooms<Values extends FieldValues, Spec>({
  spec,
  what,
  edited,
  editable,
  summary,
  evidence,
  text,
  children,
}: {
  spec: SpecForm<Values, Spec>;
  /** Name of the object, for the conflict dialog. */
  what: string;
  /** Something beside the spec is typed and not saved. */
  edited?: boolean;
  editable: boolean;
  summary: ReactNode;
  /** What is known of it from traffic, below the summary. */
  evidence?: ReactNode;
  /** The same as YAML, where the policy has one. */
  text?: DocumentText | undefined;
  children: ReactNode;
}) {
  return (
    <div className="rooms split-l s:grid-cols-[minmax(0,480px)_minmax(0,1fr)]">
      <section className="room pt-5">
        {text && (
          <div className="mb-4">
            <Seg label="Show as" value={text.shown} options={SHOWN} onChoose={(shown) => void text.show(shown)} />
          </div>
        )}
        <FormFrame spec={spec} what={what} id="policy" edited={edited || text?.edited === true}>
          {text?.shown === "yaml" ? (
            <YamlRoom of={text} what={what} editable={editable} />
          ) : (
            <fieldset className="bare fields" disabled={!editable}>
              {children}
            </fieldset>
          )}
        </FormFrame>
      </section>
      <div>
        <section className="room pt-5" aria-live="polite">
          <h2 className="b mb-2">What it does</h2>
          {summary}
        </section>
        {evidence}
      </div>
    </div>
  );
}
