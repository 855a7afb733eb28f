import { PageSkeleton } from "@/ui/states";

export default function Loading() {
  return <PageSkeleton />;
}
