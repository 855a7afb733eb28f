import { notFound } from "next/navigation";
import { RolloutPage } from "@/components/rollouts/rollout-page";
import { orNotFound } from "@/lib/or-not-found";
import { requirePermission } from "@/lib/require-permission";
import { getQueryClient, HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ revision: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Rollout of revision ${(await params).revision}` });

export default async function RolloutOfRevisionPage({ params }: Props) {
  const text = (await params).revision;
  await requirePermission("draft.read", `/rollouts/${text}`);
  if (!/^[1-9]\d{0,8}$/.test(text)) notFound();
  const revision = Number(text);
  await orNotFound(getQueryClient().fetchQuery(trpc.rollouts.get.queryOptions({ revision })));
  return (
    <HydrateClient>
      <RolloutPage revision={revision} />
    </HydrateClient>
  );
}
