import type { RouterOutputs } from "@/server/trpc/root";

/** Shapes of the rows that the console's API answers with, under the names that screens use. */
export type TenantRow = RouterOutputs["tenants"]["list"]["items"][number];
export type TenantDetail = RouterOutputs["tenants"]["get"];
export type IdentityProviderRow = RouterOutputs["objects"]["identityProviders"]["list"][number];
export type RouteRow = RouterOutputs["objects"]["routes"]["list"][number];
export type UpstreamRow = RouterOutputs["objects"]["upstreams"]["list"][number];
export type RateLimitRow = RouterOutputs["objects"]["rateLimitPolicies"]["list"][number];
export type PropagationRow = RouterOutputs["objects"]["propagationPolicies"]["list"][number];
export type DegradationRow = RouterOutputs["objects"]["degradationPolicies"]["list"][number];
export type SecretRow = RouterOutputs["secrets"]["list"][number];
export type ApiKeyRow = RouterOutputs["apiKeys"]["list"]["items"][number];
export type TenantSessionRow = RouterOutputs["tenantSessions"]["list"]["items"][number];
export type SectionChange = RouterOutputs["draft"]["diff"]["sections"][number];
type ObjectChange = SectionChange["objects"][number];
export type FieldChange = ObjectChange["fields"][number];
export type Json = Exclude<FieldChange["after"], undefined>;
export type RevisionRow = RouterOutputs["revisions"]["list"]["items"][number];
type RevisionDetail = RouterOutputs["revisions"]["get"];
export type RevisionNode = RevisionDetail["nodes"][number];
export type NodeRow = RouterOutputs["nodes"]["list"][number];
export type AlertRow = RouterOutputs["alerts"]["list"]["items"][number];
export type AlertDetail = RouterOutputs["alerts"]["get"];
export type AuditRow = RouterOutputs["audit"]["list"]["items"][number];
export type OverviewData = RouterOutputs["overview"]["get"];
export type PersonRow = RouterOutputs["people"]["list"][number];
export type DiscoveryCheck = RouterOutputs["identityProviders"]["check"]["checks"][number];
export type DiscoveryFound = NonNullable<RouterOutputs["identityProviders"]["check"]["found"]>;
