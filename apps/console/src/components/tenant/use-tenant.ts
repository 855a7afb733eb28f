"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "next/navigation";
import type { TenantDetail } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";

/** The slug that the page's address names. */
export function useSlug(): string {
  const { slug } = useParams<{ slug: string }>();
  return slug;
}

/** The tenant of this page; its page has put it into the cache before anything is drawn. */
export function useTenant(): TenantDetail {
  const trpc = useTRPC();
  const slug = useSlug();
  return useSuspenseQuery(trpc.tenants.get.queryOptions({ slug })).data;
}
