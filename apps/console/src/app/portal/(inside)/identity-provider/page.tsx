import { ProvidersPage } from "@/components/portal/providers-page";
import { prefetched } from "@/lib/prefetched";
import { controlPlane } from "@/server/control-plane";
import { requirePortal } from "@/server/portal/current";
import { portal } from "@/trpc/portal-server";
import { HydrateClient } from "@/trpc/server";

export const metadata = { title: "Identity provider" };

export default async function PortalProviderPage() {
  const session = await requirePortal("identity_provider");
  const [{ orgName }] = await Promise.all([controlPlane().installation.facts(), prefetched(portal.providers.list.queryOptions())]);
  return (
    <HydrateClient>
      <ProvidersPage organisation={orgName} slug={session.scope.slug} />
    </HydrateClient>
  );
}
