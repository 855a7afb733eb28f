import { TokensPage } from "@/components/settings/tokens-page";
import { prefetched } from "@/lib/prefetched";
import { requirePermission } from "@/lib/require-permission";
import { HydrateClient, trpc } from "@/trpc/server";

export const metadata = { title: "API tokens" };

export default async function Page() {
  await requirePermission("token.write", "/settings/tokens");
  await prefetched(trpc.apiTokens.list.queryOptions());
  return (
    <HydrateClient>
      <TokensPage />
    </HydrateClient>
  );
}
