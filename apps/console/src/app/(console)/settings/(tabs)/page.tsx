import { FleetSettings } from "@/components/forms/lazy-editors";
import { requirePermission } from "@/lib/require-permission";
import { caller } from "@/trpc/server";

export const metadata = { title: "Settings" };

export default async function SettingsPage() {
  await requirePermission("fleet.read", "/settings");
  return <FleetSettings current={await (await caller()).fleet.settings()} />;
}
