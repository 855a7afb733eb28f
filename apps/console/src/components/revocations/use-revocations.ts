"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";

/** What can be done about what nodes refuse at once. No cache of the page keeps a pasted token past its dialog. */
export function useRevocations() {
  const trpc = useTRPC();
  const client = useQueryClient();
  // A suspension changes the tenant, its draft and what is live.
  const options = { gcTime: 0, onSettled: () => void client.invalidateQueries() };
  return {
    token: useMutation(trpc.revocations.revokeToken.mutationOptions(options)),
    subject: useMutation(trpc.revocations.revokeSubject.mutationOptions(options)),
    suspend: useMutation(trpc.revocations.suspend.mutationOptions(options)),
    lift: useMutation(trpc.revocations.lift.mutationOptions(options)),
  };
}
