import { X509Certificate } from "node:crypto";
import { certificatesIn, KIND_SPECS, type Kind, type PolicyTestSpec, type SpecOf, TENANT_KINDS, type TenantKind } from "@sallyport/snapshot";
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
    of("PolicyTest"),
  ])
  .superRefine((object, context) => {
    if (object.kind === "Upstream" && object.spec.tls?.ca !== undefined && !areReadable(object.spec.tls.ca))
      context.addIssue({
        code: "custom",
        path: ["spec", "tls", "ca"],
        message: "has a certificate that cannot be read; give whole X.509 certificates",
      });
    if (object.kind === "PolicyTest")
      for (const path of otherTenantsIn(object.spec))
        context.addIssue({
          code: "custom",
          path: ["spec", ...path],
          message: "is for tests of the whole fleet; leave it out here, this test is about its own tenant",
        });
    if (object.kind === "RateLimitPolicy" && object.spec.plans.length > 0)
      context.addIssue({
        code: "custom",
        path: ["spec", "plans"],
        message: "is for policies of the whole fleet; leave it empty here, this policy holds for its tenant alone",
      });
  })
  .transform(withoutUndefined);

/** Where a test names a tenant: whoever reads one tenant's tests need not learn of others. */
const otherTenantsIn = ({ request, credential, expect }: PolicyTestSpec): string[][] => [
  ...(request.tenant === undefined ? [] : [["request", "tenant"]]),
  ...("tenant" in credential && credential.tenant !== undefined ? [["credential", "tenant"]] : []),
  ...(expect.outcome === "allow" && expect.tenant !== undefined ? [["expect", "tenant"]] : []),
];

/** The contract knows the form of PEM alone; here the certificates in it are read. */
function areReadable(pem: string): boolean {
  try {
    return certificatesIn(pem).every((certificate) => new X509Certificate(certificate).serialNumber !== "");
  } catch {
    return false;
  }
}

export const tenantKind = z.enum(TENANT_KINDS);
