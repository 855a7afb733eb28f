"use client";

import dynamic from "next/dynamic";
import { PageSkeleton } from "@/ui/states";

// Editors carry the contract's schemas and the form library. They load behind the page's frame, so that no page's first
// script has to contain them; a form that is not yet alive could lose what is typed into it anyway.
const loading = () => <PageSkeleton />;

export const NewTenant = dynamic(() => import("@/components/tenants/new-tenant").then((module) => module.NewTenant), { ssr: false, loading });
export const ProviderWizard = dynamic(() => import("@/components/identity-providers/provider-wizard").then((module) => module.ProviderWizard), {
  ssr: false,
  loading,
});
export const ProviderEditor = dynamic(() => import("@/components/identity-providers/provider-editor").then((module) => module.ProviderEditor), {
  ssr: false,
  loading,
});
export const RouteEditor = dynamic(() => import("@/components/routes/route-editor").then((module) => module.RouteEditor), { ssr: false, loading });
export const UpstreamEditor = dynamic(() => import("@/components/routes/upstream-editor").then((module) => module.UpstreamEditor), {
  ssr: false,
  loading,
});
export const TenantPolicy = dynamic(() => import("@/components/policies/tenant-policy").then((module) => module.TenantPolicy), {
  ssr: false,
  loading,
});
export const PolicyTestEditor = dynamic(() => import("@/components/policy-tests/policy-test-editor").then((module) => module.PolicyTestEditor), {
  ssr: false,
  loading,
});
export const TenantDomains = dynamic(() => import("@/components/tenant/tenant-domains").then((module) => module.TenantDomains), {
  ssr: false,
  loading,
});
export const TenantCertificates = dynamic(() => import("@/components/tenant/tenant-certificates").then((module) => module.TenantCertificates), {
  ssr: false,
  loading,
});
export const TenantSettings = dynamic(() => import("@/components/tenant/tenant-settings").then((module) => module.TenantSettings), {
  ssr: false,
  loading,
});
export const GroupEditor = dynamic(() => import("@/components/nodes/group-editor").then((module) => module.GroupEditor), { ssr: false, loading });
export const FleetSettings = dynamic(() => import("@/components/settings/fleet-settings").then((module) => module.FleetSettings), {
  ssr: false,
  loading,
});
export const FleetLimitEditor = dynamic(() => import("@/components/settings/fleet-limit-editor").then((module) => module.FleetLimitEditor), {
  ssr: false,
  loading,
});
export const FleetLockout = dynamic(() => import("@/components/settings/fleet-lockout").then((module) => module.FleetLockout), {
  ssr: false,
  loading,
});
export const TenantLockoutPolicy = dynamic(() => import("@/components/lockouts/tenant-lockout-policy").then((module) => module.TenantLockoutPolicy), {
  ssr: false,
  loading,
});
