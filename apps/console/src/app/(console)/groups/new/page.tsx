import { GroupEditor } from "@/components/forms/lazy-editors";
import { requirePermission } from "@/lib/require-permission";

export const metadata = { title: "Add a group" };

export default async function NewGroupPage() {
  await requirePermission("fleet.write", "/groups/new");
  return <GroupEditor row={null} />;
}
