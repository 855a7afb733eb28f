"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { notifyFailure } from "@/ui/toast";

/** Gives a file to the browser to keep. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** The signed receipt as of now, as the file that `sallyport revisions verify-receipt` reads. */
export function ReceiptButton({ number }: { number: number }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const receipt = useMutation({
    mutationFn: () => client.fetchQuery({ ...trpc.revisions.receipt.queryOptions({ number }), staleTime: 0 }),
    onSuccess: (signed) => save(`receipt-${number}.json`, `${JSON.stringify(signed, null, 2)}\n`),
    onError: (error) => notifyFailure(`There is no receipt of revision ${number}`, error),
  });
  return (
    <Button busy={receipt.isPending} onClick={() => receipt.mutate()} title="What was published and what each node reported, signed">
      Receipt
    </Button>
  );
}
