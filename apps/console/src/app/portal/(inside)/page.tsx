import { PortalStart } from "@/components/portal/portal-start";
import { controlPlane } from "@/server/control-plane";
import { requirePortal } from "@/server/portal/current";

export const metadata = { title: "Setup" };

export default async function PortalPage() {
  const session = await requirePortal();
  const { orgName } = await controlPlane().installation.facts();
  return <PortalStart organisation={orgName} mayRegister={session.intents.includes("identity_provider")} />;
}
