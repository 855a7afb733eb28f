import "server-only";
import { TRPCError } from "@trpc/server";
import { notFound } from "next/navigation";

/** Awaits what a page is about; an object that is not there, or not the reader's, makes the page not there. */
export async function orNotFound<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TRPCError && (error.code === "NOT_FOUND" || error.code === "BAD_REQUEST" || error.code === "FORBIDDEN")) notFound();
    throw error;
  }
}
