import { PortalChangesSetting } from "@/components/portal-access/changes-setting";
import { InvitationList } from "@/components/portal-access/invitation-list";
import { prefetched } from "@/lib/prefetched";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Portal access of ${(await params).slug}` });

export default async function PortalAccessPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/portal");
  await Promise.all([prefetched(trpc.portalInvitations.list.queryOptions({ slug })), prefetched(trpc.portalChanges.goesLive.queryOptions({ slug }))]);
  return (
    <HydrateClient>
      <InvitationList />
      <PortalChangesSetting />
    </HydrateClient>
  );
}
