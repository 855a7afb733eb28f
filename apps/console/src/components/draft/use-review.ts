"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";

export type Review = RouterOutputs["draft"]["review"];
export type ReviewWarning = Review["warnings"][number];
export type CounterExample = Review["isolation"]["violations"][number];

/** Which sections are meant: by whichever list is the shorter one, because queries travel in an address. */
type Choice = { readonly sections: string[] } | { readonly except: string[] } | Record<string, never>;

export function choiceOf(chosen: readonly string[], left: readonly string[]): Choice {
  if (left.length === 0) return {};
  return chosen.length <= left.length ? { sections: [...chosen] } : { except: [...left] };
}

const isEmpty = (choice: Choice): boolean => "sections" in choice && choice.sections?.length === 0;

/** The chosen sections through the compiler that nodes run. */
export function useReview(choice: Choice) {
  const trpc = useTRPC();
  return useQuery(trpc.draft.review.queryOptions(choice, { refetchInterval: 15_000, placeholderData: keepPreviousData, enabled: !isEmpty(choice) }));
}

/** Whether the providers that come or move answer: asked apart, because it waits for them. */
export function useProbe(choice: Choice) {
  const trpc = useTRPC();
  return useQuery(trpc.draft.probe.queryOptions(choice, { staleTime: 60_000, placeholderData: keepPreviousData, enabled: !isEmpty(choice) }));
}
