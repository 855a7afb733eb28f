"use client";

import type { ReactNode } from "react";
import type { FieldValues } from "react-hook-form";
import { FormFrame } from "@/components/forms/form-frame";
import type { SpecForm } from "@/components/forms/use-spec-form";

/** A policy's fields, and beside them what it does in plain words. */
export function PolicyRooms<Values extends FieldValues, Spec>({
  spec,
  what,
  edited,
  editable,
  summary,
  evidence,
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
  children: ReactNode;
}) {
  return (
    <div className="rooms split-l s:grid-cols-[minmax(0,480px)_minmax(0,1fr)]">
      <section className="room pt-5">
        <FormFrame spec={spec} what={what} id="policy" edited={edited}>
          <fieldset className="bare fields" disabled={!editable}>
            {children}
          </fieldset>
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
