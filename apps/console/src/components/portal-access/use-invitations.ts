"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";

/** What can be done with invitations to the portal. No cache of the page keeps a link past the dialog that shows it. */
export function useInvitations() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const onSettled = () => void client.invalidateQueries({ queryKey: trpc.portalInvitations.pathKey() });
  return {
    create: useMutation(trpc.portalInvitations.create.mutationOptions({ gcTime: 0, onSettled })),
    revoke: useMutation(trpc.portalInvitations.revoke.mutationOptions({ onSettled })),
  };
}
