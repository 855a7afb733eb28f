import { ApprovalSetting } from "@/components/approvals/approval-setting";
import { FleetSettings } from "@/components/forms/lazy-editors";
import { InstallationName } from "@/components/settings/installation-name";
import { requirePermission } from "@/lib/require-permission";
import { caller } from "@/trpc/server";

export const metadata = { title: "Settings" };

export default async function SettingsPage() {
  await requirePermission("fleet.read", "/settings");
  const api = await caller();
  const [settings, installation, approval] = await Promise.all([api.fleet.settings(), api.installation.facts(), api.approvals.isRequired()]);
  return (
    <>
      <InstallationName initial={installation} />
      <ApprovalSetting initial={approval} />
      <FleetSettings current={settings} />
    </>
  );
}
