import type { FieldValues, Path, PathValue, UseFormReturn } from "react-hook-form";

/**
 * Sets a part of a spec that is an object or left out. Once the form was submitted it is checked whole: react-hook-form, asked about the
 * part alone, forgets what is wrong inside it where no input is registered there.
 */
export function setPart<Values extends FieldValues, Spec, Name extends Path<Values>>(
  form: UseFormReturn<Values, unknown, Spec>,
  name: Name,
  value: PathValue<Values, Name>,
): void {
  form.setValue(name, value, { shouldDirty: true });
  if (form.formState.isSubmitted) void form.trigger();
}
