import { notFound } from "next/navigation";
import { RevisionPage } from "@/components/revisions/revision-page";
import { orNotFound } from "@/lib/or-not-found";
import { requirePermission } from "@/lib/require-permission";
import { getQueryClient, HydrateClient, trpc } from "@/trpc/server";

interface Props {
  params: Promise<{ number: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Revision ${(await params).number}` });

export default async function RevisionNumberPage({ params }: Props) {
  const text = (await params).number;
  await requirePermission("draft.read", `/revisions/${text}`);
  if (!/^[1-9]\d{0,8}$/.test(text)) notFound();
  const number = Number(text);
  await orNotFound(getQueryClient().fetchQuery(trpc.revisions.get.queryOptions({ number })));
  return (
    <HydrateClient>
      <RevisionPage number={number} />
    </HydrateClient>
  );
}
