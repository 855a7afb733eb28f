import { DEFAULT_IDENTITY_HEADERS, type PropagationPolicySpec } from "@sallyport/snapshot";
import { foldHeaderName, isReservedHeader, isSettableHeader } from "../admit/header-classes.js";
import { compileClaimPath } from "../claim-path.js";
import type { CompiledPropagation } from "../compiled.js";
import { encodeHeaderValue } from "../encode-header-value.js";
import { exact } from "../exact.js";
import type { IdentityField, IdentitySource } from "../identity-fields.js";
import type { CompileErrors } from "./compile-error.js";

/** What a route without a policy does. */
export const DEFAULT_PROPAGATION: PropagationPolicySpec = { strategy: "headers", headers: DEFAULT_IDENTITY_HEADERS, claims: [] };

/** By policy: tenants that have the same one share what is made of it. */
const known = new WeakMap<PropagationPolicySpec, readonly IdentityField[]>();
/** All names of the default policy are reserved anyway, none stands there twice, and a test holds it to that. */
const NO_NAMES = null;

interface Owner {
  readonly path: string;
  readonly tenant: string;
  readonly plan: string;
}

/** The closed list of headers of a policy, its names checked: none twice in any spelling, none that belongs to HTTP or the gateway. */
export function compilePropagation(spec: PropagationPolicySpec, owner: Owner, errors: CompileErrors): CompiledPropagation {
  const isDefault = spec === DEFAULT_PROPAGATION;
  const fields = known.get(spec) ?? exact(fieldsOf(spec));
  known.set(spec, fields);
  const anonymousHeaders: string[] = [];
  for (const { header, source } of fields) {
    const value = source === "tenantId" ? owner.tenant : source === "tenantPlan" ? owner.plan : null;
    const encoded = value === null ? null : encodeHeaderValue(value);
    if (encoded !== null) anonymousHeaders.push(header, encoded);
  }
  return {
    spec,
    forwardsCredential: spec.strategy === "pass_through",
    internalToken: spec.strategy === "internal_token" ? spec : null,
    fields,
    anonymousHeaders: exact(anonymousHeaders),
    ownNames: isDefault ? NO_NAMES : checkNames(fields, owner.path, errors),
  };
}

/** @returns the names, folded, that are not reserved anyway */
function checkNames(fields: readonly IdentityField[], path: string, errors: CompileErrors): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const { header } of fields) {
    const folded = foldHeaderName(header);
    if (!isSettableHeader(header)) errors.add(path, `the header ${header} belongs to HTTP or to the gateway; choose another`);
    if (names.has(folded)) errors.add(path, `the header ${header} is set twice`);
    names.add(folded);
  }
  const ownNames = [...names].filter((name) => !isReservedHeader(name));
  return ownNames.length === 0 ? NO_NAMES : new Set(ownNames);
}

function fieldsOf(spec: PropagationPolicySpec): readonly IdentityField[] {
  switch (spec.strategy) {
    case "pass_through":
      return [{ header: spec.tenantHeader, source: "tenantId", path: null }];
    case "internal_token":
      return [];
    case "headers": {
      const fields: IdentityField[] = [];
      for (const [source, header] of Object.entries(spec.headers) as [Exclude<IdentitySource, "claim">, string | null][]) {
        if (header !== null) fields.push({ header, source, path: null });
      }
      for (const { header, claim } of spec.claims) fields.push({ header, source: "claim", path: compileClaimPath(claim) });
      return fields;
    }
    default:
      return spec satisfies never;
  }
}
