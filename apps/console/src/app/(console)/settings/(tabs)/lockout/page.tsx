import { FleetLockout } from "@/components/forms/lazy-editors";
import { requirePermission } from "@/lib/require-permission";
import { caller } from "@/trpc/server";

export const metadata = { title: "Lockout" };

export default async function FleetLockoutPage() {
  await requirePermission("fleet.read", "/settings/lockout");
  return <FleetLockout current={await (await caller()).fleet.settings()} />;
}
