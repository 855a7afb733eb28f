import { X509Certificate } from "node:crypto";
import { certificatesIn, KIND_SPECS, type Kind, type SpecOf, TENANT_KINDS, type TenantKind } from "@sallyport/snapshot";
import { z } from "zod";
import { withoutUndefined } from "../validation.js";

/** A spec together with its kind, so that a switch narrows it. */
export type Declared = { [K in Kind]: { readonly kind: K; readonly spec: SpecOf<K> } }[Kind];
export type TenantDeclared = Extract<Declared, { kind: TenantKind }>;

const of = <K extends Kind>(kind: K) => z.strictObject({ kind: z.literal(kind), spec: KIND_SPECS[kind] });

/** An object of a tenant as it comes from outside; issues have paths that begin with `spec`. */
export const tenantDeclared = z
  .discriminatedUnion("kind", [
    of("Secret"),
    of("IdentityProvider"),
    of("Upstream"),
    of("Route"),
    of("RateLimitPolicy"),
    of("PropagationPolicy"),
    of("DegradationPolicy"),
  ])
  .superRefine((object, context) => {
    if (object.kind === "Upstream" && object.spec.tls?.ca !== undefined && !areReadable(object.spec.tls.ca))
      context.addIssue({
        code: "custom",
        path: ["spec", "tls", "ca"],
        message: "has a certificate that cannot be read; give whole X.509 certificates",
      });
    if (object.kind === "RateLimitPolicy" && object.spec.plans.length > 0)
      context.addIssue({
        code: "custom",
        path: ["spec", "plans"],
        message: "is for policies of the whole fleet; leave it empty here, this policy holds for its tenant alone",
      });
  })
  .transform(withoutUndefined);

/** The contract knows the form of PEM alone; here the certificates in it are read. */
function areReadable(pem: string): boolean {
  try {
    return certificatesIn(pem).every((certificate) => new X509Certificate(certificate).serialNumber !== "");
  } catch {
    return false;
  }
}

export const tenantKind = z.enum(TENANT_KINDS);
