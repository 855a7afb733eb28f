/** A place in a file; both count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a file: where, which field, why, and what to do. */
export interface Finding extends Place {
  /** `Route acme/api`, or null where that is not known. */
  readonly object: string | null;
  /** Dotted path in the document, `spec.authentication.mode`; empty for the whole. */
  readonly field: string;
  readonly message: string;
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

/** `routes.yaml:12:5: Route acme/api: spec.authentication.mode is not allowed; …`, as editors and CI read it. */
export function findingText(finding: Finding): string {
  const object = finding.object === null ? "" : `${finding.object}: `;
  const field = finding.field === "" ? "" : `${finding.field} `;
  return `${placeText(finding)}: ${object}${field}${finding.message}`;
}
