"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { type DefaultValues, type FieldValues, type Path, type UseFormReturn, useForm } from "react-hook-form";
import type { z } from "zod";
import { problemOf } from "@/lib/problem";
import { notifyFailure } from "@/ui/toast";

/** What stands in the way of a save: somebody else's version. */
interface SpecConflict<Spec> {
  readonly spec: Spec;
  readonly version: number;
}

export interface SpecForm<Values extends FieldValues, Spec> {
  readonly form: UseFormReturn<Values, unknown, Spec>;
  readonly submit: () => Promise<void>;
  readonly saving: boolean;
  /** What the server found wrong that belongs to no field on this page. */
  readonly rest: readonly string[];
  readonly conflict: SpecConflict<Spec> | null;
  /** Saves what is typed over their version. */
  readonly keepMine: () => Promise<void>;
  /** Replaces what is typed by their version. */
  readonly takeTheirs: () => void;
  readonly closeConflict: () => void;
}

/**
 * A form over one spec of the contract: the same schema checks here and in the service, the service's issues land at their fields,
 * nothing typed is lost by a failure, and a version conflict shows both texts.
 *
 * @param save writes the spec over the version that the editor saw; null creates. Answers with the object as it then stands
 */
export function useSpecForm<Schema extends z.ZodType<FieldValues, FieldValues>>({
  schema,
  values,
  version,
  save,
  onSaved,
}: {
  schema: Schema;
  values: z.input<Schema>;
  version: number | null;
  save: (spec: z.output<Schema>, version: number | null) => Promise<unknown>;
  onSaved: () => void;
}): SpecForm<z.input<Schema>, z.output<Schema>> {
  type Values = z.input<Schema>;
  type Spec = z.output<Schema>;
  const form = useForm<Values, unknown, Spec>({ resolver: zodResolver(schema), defaultValues: values as DefaultValues<Values>, mode: "onTouched" });
  const [base, setBase] = useState(version);
  const [saving, setSaving] = useState(false);
  const [rest, setRest] = useState<readonly string[]>([]);
  const [conflict, setConflict] = useState<SpecConflict<Spec> | null>(null);

  const fail = (error: unknown) => {
    const problem = problemOf(error);
    const theirs = problem.code === "conflict" ? conflictOf(schema, problem.current) : null;
    if (theirs) return setConflict(theirs);
    const unplaced: string[] = [];
    for (const issue of problem.issues) {
      const path = issue.path.replace(/^spec\.?/, "");
      if (!placeIssue(form, path, issue.message)) unplaced.push(path ? `${path}: ${issue.message}` : issue.message);
    }
    setRest(problem.issues.length === 0 ? [problem.message] : unplaced);
    if (problem.issues.length === 0) notifyFailure("Not saved", error);
  };

  const write = async (over: number | null) => {
    setRest([]);
    await form.handleSubmit(async (spec) => {
      setSaving(true);
      try {
        const saved = await save(spec, over);
        form.reset(form.getValues());
        // Whoever stays on the page and saves once more has seen what was just saved.
        setBase(versionOf(saved) ?? over);
        onSaved();
      } catch (error) {
        fail(error);
      } finally {
        setSaving(false);
      }
    })();
  };

  return {
    form,
    submit: () => write(base),
    saving,
    rest,
    conflict,
    keepMine: async () => {
      if (!conflict) return;
      setBase(conflict.version);
      setConflict(null);
      await write(conflict.version);
    },
    takeTheirs: () => {
      if (!conflict) return;
      // What the schema gives it also takes.
      form.reset(conflict.spec as DefaultValues<Values>);
      setBase(conflict.version);
      setConflict(null);
    },
    closeConflict: () => setConflict(null),
  };
}

/** The version of what a save answered with; null where it answered with none. */
function versionOf(saved: unknown): number | null {
  return typeof saved === "object" && saved !== null && "version" in saved && typeof saved.version === "number" ? saved.version : null;
}

/** Puts an issue at the nearest field that the form knows: `audiences.0` at `audiences`. */
function placeIssue<Values extends FieldValues, Spec>(form: UseFormReturn<Values, unknown, Spec>, path: string, message: string): boolean {
  const steps = path.split(".");
  while (steps.length > 0 && steps[0] !== "") {
    const candidate = steps.join(".") as Path<Values>;
    if (form.getValues(candidate) !== undefined) {
      form.setError(candidate, { type: "server", message });
      return true;
    }
    steps.pop();
  }
  return false;
}

function conflictOf<Schema extends z.ZodType>(schema: Schema, current: unknown): SpecConflict<z.output<Schema>> | null {
  if (typeof current !== "object" || current === null || !("spec" in current) || !("version" in current)) return null;
  const spec = schema.safeParse(current.spec);
  return spec.success && typeof current.version === "number" ? { spec: spec.data, version: current.version } : null;
}
