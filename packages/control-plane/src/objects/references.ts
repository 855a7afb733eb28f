import type { Kind } from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";
import { secretUsesOf } from "../secrets/secret-uses.js";
import type { Declared } from "./declared.js";

/** A name in a spec that stands for another object. */
export interface Reference {
  readonly kind: Kind;
  readonly name: string;
  /** Field that names it, `spec.upstream`. */
  readonly path: string;
}

/** How people call each kind. */
export const KIND_LABELS = {
  Fleet: "fleet settings",
  NodeGroup: "node group",
  Tenant: "tenant",
  Secret: "secret",
  IdentityProvider: "identity provider",
  Upstream: "upstream",
  Route: "route",
  RateLimitPolicy: "rate-limit policy",
  PropagationPolicy: "propagation policy",
  DegradationPolicy: "degradation policy",
  PolicyTest: "policy test",
} as const satisfies Record<Kind, string>;

const each = (kind: Kind, names: readonly string[], path: string): Reference[] =>
  names.map((name, index) => ({ kind, name, path: `${path}.${index}` }));

/** What a spec refers to. Within a tenant names stand for the tenant's own objects, nothing else. */
export function referencesOf(object: Declared): Reference[] {
  const secrets = secretUsesOf(object).map(({ secret, path }): Reference => ({ kind: "Secret", name: secret, path }));
  return [...secrets, ...namedObjects(object)];
}

function namedObjects(object: Declared): Reference[] {
  switch (object.kind) {
    case "Route": {
      const { upstream, authentication, propagation, degradation } = object.spec;
      const found: Reference[] = [{ kind: "Upstream", name: upstream, path: "spec.upstream" }];
      if (authentication.mode === "required" || authentication.mode === "optional")
        found.push(...each("IdentityProvider", authentication.identityProviders, "spec.authentication.identityProviders"));
      if (propagation !== null) found.push({ kind: "PropagationPolicy", name: propagation, path: "spec.propagation" });
      if (degradation !== null) found.push({ kind: "DegradationPolicy", name: degradation, path: "spec.degradation" });
      return found;
    }
    case "RateLimitPolicy":
      return each("Route", object.spec.routes, "spec.routes");
    case "NodeGroup":
      return object.spec.tenants === "all" ? [] : each("Tenant", object.spec.tenants, "spec.tenants");
    case "Fleet":
    case "Tenant":
    case "Secret":
    case "IdentityProvider":
    case "Upstream":
    case "PropagationPolicy":
    case "DegradationPolicy":
    // What a test names may go: the test then fails, and says so.
    case "PolicyTest":
      return [];
    default:
      return object satisfies never;
  }
}

/** Issues for references that lead nowhere. @param exists whether an object stands under that name */
export function danglingReferences(references: readonly Reference[], exists: (kind: Kind, name: string) => boolean): FieldIssue[] {
  return references
    .filter(({ kind, name }) => !exists(kind, name))
    .map(({ kind, name, path }) => ({
      path,
      message: `names the ${KIND_LABELS[kind]} "${name}", which does not exist; create it first or choose another`,
    }));
}
