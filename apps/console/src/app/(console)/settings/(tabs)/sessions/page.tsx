import { SessionsPage } from "@/components/settings/sessions-page";
import { prefetched } from "@/lib/prefetched";
import { requireSession } from "@/server/current-session";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "My sessions" };

export default async function Page() {
  await requireSession("/settings/sessions");
  await prefetched(trpc.session.list.queryOptions());
  return (
    <HydrateClient>
      <SessionsPage />
    </HydrateClient>
  );
}
