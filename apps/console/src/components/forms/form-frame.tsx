"use client";

import { type ReactNode, Suspense } from "react";
import type { FieldValues } from "react-hook-form";
import { useUnsavedEdits } from "@/components/leaving/leave-guard";
import { late } from "@/ui/late";
import { Status } from "@/ui/status";
import type { SpecForm } from "./use-spec-form";

const ConflictDialog = late(() => import("./conflict-dialog"));

/** The frame of every spec form: submit on Enter, what went wrong on top, and the conflict dialog. */
export function FormFrame<Values extends FieldValues, Spec>({
  spec,
  what,
  id,
  className,
  edited = false,
  children,
}: {
  spec: SpecForm<Values, Spec>;
  /** Name of the object, for the conflict dialog. */
  what: string;
  /** For a submit button outside the form. */
  id: string;
  className?: string;
  /** Something beside the spec is typed and not saved: a new object's name. */
  edited?: boolean;
  children: ReactNode;
}) {
  useUnsavedEdits(spec.form.formState.isDirty || edited);
  return (
    <form
      id={id}
      noValidate
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        void spec.submit();
      }}
    >
      {spec.rest.length > 0 && (
        <div className="note fail mb-4" role="alert">
          <Status tone="fail" />
          <div>
            {spec.rest.map((message) => (
              <p key={message}>{message}</p>
            ))}
          </div>
        </div>
      )}
      {children}
      {spec.conflict && (
        <Suspense fallback={null}>
          <ConflictDialog
            what={what}
            theirs={spec.conflict.spec}
            mine={spec.form.getValues()}
            onKeepMine={() => void spec.keepMine()}
            onTakeTheirs={spec.takeTheirs}
            onClose={spec.closeConflict}
          />
        </Suspense>
      )}
    </form>
  );
}
