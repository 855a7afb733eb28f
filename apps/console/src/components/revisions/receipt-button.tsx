"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { saveFile } from "@/lib/save-file";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { notifyFailure } from "@/ui/toast";

/** The signed receipt as of now, as the file that `sallyport revisions verify-receipt` reads. */
export function ReceiptButton({ number }: { number: number }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const receipt = useMutation({
    mutationFn: () => client.fetchQuery({ ...trpc.revisions.receipt.queryOptions({ number }), staleTime: 0 }),
    onSuccess: (signed) => saveFile(`receipt-${number}.json`, `${JSON.stringify(signed, null, 2)}\n`, "application/json"),
    onError: (error) => notifyFailure(`There is no receipt of revision ${number}`, error),
  });
  return (
    <Button busy={receipt.isPending} onClick={() => receipt.mutate()} title="What was published and what each node reported, signed">
      Receipt
    </Button>
  );
}
