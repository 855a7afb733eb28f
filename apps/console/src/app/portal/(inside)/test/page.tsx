import { TokenTest } from "@/components/portal/token-test";
import { requirePortal } from "@/server/portal/current";

export const metadata = { title: "Test a token" };

export default async function PortalTestPage() {
  await requirePortal("test");
  return <TokenTest />;
}
