import { GroupEditor } from "@/components/forms/lazy-editors";
import { orNotFound } from "@/lib/or-not-found";
import { requirePermission } from "@/lib/require-permission";
import { caller } from "@/trpc/server";

interface Props {
  params: Promise<{ name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `Group ${(await params).name}` });

export default async function GroupPage({ params }: Props) {
  const { name } = await params;
  await requirePermission("fleet.read", `/groups/${name}`);
  return <GroupEditor row={await orNotFound((await caller()).groups.get({ name }))} />;
}
