import { LockoutList } from "@/components/lockouts/lockout-list";
import { requireTenant } from "@/lib/require-tenant";
import { HydrateClient } from "@/trpc/server";

interface Props {
  params: Promise<{ slug: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Lockouts of ${(await params).slug}` });

/** The list is not fetched ahead: it comes from a store of its own, whose outage must not look like one of the console's API. */
export default async function LockoutsPage({ params }: Props) {
  const { slug } = await params;
  await requireTenant(slug, "/lockouts");
  return (
    <HydrateClient>
      <LockoutList />
    </HydrateClient>
  );
}
