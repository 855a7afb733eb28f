import { Fragment } from "react";
import type { FieldChange } from "@/lib/rows";
import { valueText } from "@/lib/value-text";

function Value({ field }: { field: FieldChange }) {
  if (field.added?.length || field.removed?.length) {
    const kept = Array.isArray(field.after) ? field.after.filter((member) => typeof member === "string" && !field.added?.includes(member)) : [];
    return (
      <>
        {kept.length > 0 && <span>{kept.join(", ")} </span>}
        {field.removed?.map((member) => (
          <Fragment key={member}>
            <del className="old">{member}</del>{" "}
          </Fragment>
        ))}
        {field.added?.map((member) => (
          <Fragment key={member}>
            <ins className="new">+ {member}</ins>{" "}
          </Fragment>
        ))}
      </>
    );
  }
  if (field.before === undefined) return <ins className="new">{valueText(field.after)}</ins>;
  if (field.after === undefined) return <del className="old">{valueText(field.before)}</del>;
  return (
    <>
      <del className="old">{valueText(field.before)}</del>
      <span className="arr" aria-hidden="true">
        →
      </span>
      <ins className="new">{valueText(field.after)}</ins>
    </>
  );
}

/** Each changed field of one object with its old and its new value. */
export function FieldDiff({ fields }: { fields: readonly FieldChange[] }) {
  return (
    <div className="fd">
      {fields.map((field) => (
        <Fragment key={field.path}>
          <div className="p">{field.path || "(whole)"}</div>
          <div className="break-words">
            <Value field={field} />
          </div>
        </Fragment>
      ))}
    </div>
  );
}
