import { FleetLimitEditor } from "@/components/forms/lazy-editors";
import { requirePermission } from "@/lib/require-permission";

export const metadata = { title: "Add a fleet limit" };

export default async function NewFleetLimitPage() {
  await requirePermission("policy.write", "/settings/limits/new");
  return <FleetLimitEditor row={null} />;
}
