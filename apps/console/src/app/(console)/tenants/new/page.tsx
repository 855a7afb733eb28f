import { NewTenant } from "@/components/forms/lazy-editors";
import { requirePermission } from "@/lib/require-permission";

export const metadata = { title: "Add a tenant" };

export default async function NewTenantPage() {
  await requirePermission("tenant.create", "/tenants/new");
  return <NewTenant />;
}
