"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { countOf } from "@/lib/format";
import type { TenantSessionRow } from "@/lib/rows";
import { useTRPC } from "@/trpc/client";
import { notify } from "@/ui/toast";

/** Ending sessions of a tenant, each told of when it is done. */
export function useTenantSessions(slug: string) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = { onSettled: () => void client.invalidateQueries({ queryKey: trpc.tenantSessions.pathKey() }) };
  const one = useMutation(trpc.tenantSessions.end.mutationOptions(options));
  const ofSubject = useMutation(trpc.tenantSessions.endOfSubject.mutationOptions(options));
  const all = useMutation(trpc.tenantSessions.endAll.mutationOptions(options));
  return {
    end: async ({ id, subject, identityProvider }: TenantSessionRow, reason?: string) => {
      await one.mutateAsync({ slug, id, subject, identityProvider, ...(reason && { reason }) });
      notify({ title: `A session of ${subject} is ended` });
    },
    endOfSubject: async (subject: string, reason?: string) => {
      const { ended } = await ofSubject.mutateAsync({ slug, subject, ...(reason && { reason }) });
      notify({ title: `${countOf(ended, "session")} of ${subject} ended` });
    },
    endAll: async (reason?: string) => {
      const { ended } = await all.mutateAsync({ slug, ...(reason && { reason }) });
      notify({ title: `${countOf(ended, "session")} of ${slug} ended` });
    },
  };
}
