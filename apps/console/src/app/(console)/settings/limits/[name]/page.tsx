import { notFound } from "next/navigation";
import { FleetLimitEditor } from "@/components/forms/lazy-editors";
import { requirePermission } from "@/lib/require-permission";
import { caller } from "@/trpc/server";

interface Props {
  params: Promise<{ name: string }>;
}

export const generateMetadata = async ({ params }: Props) => ({ title: `${(await params).name}, fleet limit` });

export default async function FleetLimitPage({ params }: Props) {
  const { name } = await params;
  await requirePermission("fleet.read", `/settings/limits/${name}`);
  const row = (await (await caller()).fleet.policies.list()).find((policy) => policy.name === name);
  if (!row) notFound();
  return <FleetLimitEditor row={row} />;
}
