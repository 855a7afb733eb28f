import { ServiceError } from "@sallyport/control-plane";
import type { Precondition } from "@/server/rest/route";

/** A change of a versioned object without a precondition: RFC 6585 §3. */
export class PreconditionRequired extends Error {
  constructor() {
    super("Send If-Match with the ETag that you read, or If-None-Match: * to create.");
    this.name = "PreconditionRequired";
  }
}

/** Strong ETag of a version. */
export const etagOf = (version: number): string => `"${version}"`;

/** @throws ServiceError `invalid` for anything but `If-Match: "<version>"` and `If-None-Match: *`, alone. */
export function preconditionOf(headers: Headers): Precondition {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  const version = ifMatch === null ? null : /^"([1-9]\d{0,8})"$/.exec(ifMatch.trim())?.[1];
  const mustBeNew = ifNoneMatch?.trim() === "*";
  if (version === undefined || (ifNoneMatch !== null && !mustBeNew && ifMatch !== null) || (mustBeNew && ifMatch !== null))
    throw new ServiceError("invalid", 'Send If-Match with one ETag as it was read, such as "3", or If-None-Match: *, not both.');
  return { version: version === null ? null : Number(version), mustBeNew };
}

/**
 * The version that the caller read.
 * @throws PreconditionRequired
 */
export function requiredVersion(precondition: Precondition): number {
  if (precondition.version === null) throw new PreconditionRequired();
  return precondition.version;
}

/**
 * The version to replace, or null to create.
 * @throws PreconditionRequired
 */
export function versionOrNew(precondition: Precondition): number | null {
  if (precondition.version === null && !precondition.mustBeNew) throw new PreconditionRequired();
  return precondition.version;
}
