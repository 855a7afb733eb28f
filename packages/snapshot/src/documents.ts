import { z } from "zod";
import { fleetSpec } from "./kinds/fleet.js";
import { identityProviderSpec } from "./kinds/identity-provider.js";
import { degradationPolicySpec, propagationPolicySpec } from "./kinds/policies.js";
import { policyTestSpec } from "./kinds/policy-test.js";
import { rateLimitPolicySpec } from "./kinds/rate-limit.js";
import { nodeGroupSpec, routeSpec, tenantSpec } from "./kinds/routing.js";
import { authoredSecretSpec, secretSpec, sentSecretSpec } from "./kinds/secret.js";
import { upstreamSpec } from "./kinds/upstream.js";
import { API_VERSION, entityName, tenantSlug } from "./names.js";

const apiVersion = z.literal(API_VERSION, `write apiVersion: ${API_VERSION}`);

function ofFleet<K extends string, S extends z.ZodType>(kind: K, spec: S, name: z.ZodType<string> = entityName) {
  return z.strictObject({ apiVersion, kind: z.literal(kind), metadata: z.strictObject({ name }), spec });
}
function ofTenant<K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({ apiVersion, kind: z.literal(kind), metadata: z.strictObject({ name: entityName, tenant: tenantSlug }), spec });
}
/** Without `metadata.tenant` it belongs to the fleet. */
function ofEither<K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({ apiVersion, kind: z.literal(kind), metadata: z.strictObject({ name: entityName, tenant: tenantSlug.optional() }), spec });
}

/** The schema of each kind's `spec`: one source for the database, the API, forms, files and sections. */
export const KIND_SPECS = {
  Fleet: fleetSpec,
  NodeGroup: nodeGroupSpec,
  Tenant: tenantSpec,
  Secret: secretSpec,
  IdentityProvider: identityProviderSpec,
  Upstream: upstreamSpec,
  Route: routeSpec,
  RateLimitPolicy: rateLimitPolicySpec,
  PropagationPolicy: propagationPolicySpec,
  DegradationPolicy: degradationPolicySpec,
  PolicyTest: policyTestSpec,
} as const;
export type Kind = keyof typeof KIND_SPECS;
export type SpecOf<K extends Kind> = z.output<(typeof KIND_SPECS)[K]>;

/** Kinds of a tenant that nodes get: those that its section is made of. */
export const SECTION_KINDS = [
  "Secret",
  "IdentityProvider",
  "Upstream",
  "Route",
  "RateLimitPolicy",
  "PropagationPolicy",
  "DegradationPolicy",
] as const;
export type SectionKind = (typeof SECTION_KINDS)[number];

/** Kinds that live inside a tenant and are named within it. Policy tests stay in the control plane. */
export const TENANT_KINDS = [...SECTION_KINDS, "PolicyTest"] as const;
export type TenantKind = (typeof TENANT_KINDS)[number];

/** The documents of every kind; those of secrets differ between what stands in a file, what is sent, and what is declared. */
const documentsWith = <S extends z.ZodType>(secret: S) =>
  z.discriminatedUnion("kind", [
    ofFleet("Fleet", fleetSpec, z.literal("default")),
    ofFleet("NodeGroup", nodeGroupSpec),
    ofFleet("Tenant", tenantSpec, tenantSlug),
    ofTenant("Secret", secret),
    ofTenant("IdentityProvider", identityProviderSpec),
    ofTenant("Upstream", upstreamSpec),
    ofTenant("Route", routeSpec),
    ofEither("RateLimitPolicy", rateLimitPolicySpec),
    ofEither("PolicyTest", policyTestSpec),
    ofTenant("PropagationPolicy", propagationPolicySpec),
    ofTenant("DegradationPolicy", degradationPolicySpec),
  ]);

/** One document as it is declared (CONSOLE §5), secrets without a value. A RateLimitPolicy or PolicyTest without `metadata.tenant` belongs to the fleet. */
export const configDocument = documentsWith(secretSpec);
export type ConfigDocument = z.output<typeof configDocument>;

/** One document of a file: a secret may say where the author's machine has its value. */
export const authoredDocument = documentsWith(authoredSecretSpec);
export type AuthoredDocument = z.output<typeof authoredDocument>;

/** One document as the control plane takes it: a secret may come with its value. */
export const sentDocument = documentsWith(sentSecretSpec);
export type SentDocument = z.output<typeof sentDocument>;

/** JSON Schema (draft 2020-12) of a declarative document, for editors: what an author may write, defaults left out. */
export function configDocumentJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(authoredDocument, { io: "input", unrepresentable: "any" }) as Record<string, unknown>;
}
