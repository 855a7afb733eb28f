import { keyParts } from "@/lib/limit-keys";
import type { TopKeyRow } from "@/lib/rows";

/** Whom or what a limit counts. @param slug of the tenant whose page it is: then it need not be named */
export function LimitKeyWords({ of, slug }: { of: TopKeyRow["key"]; slug: string | null }) {
  const parts = keyParts(of, slug !== null && of.tenant === slug ? "tenant" : undefined);
  if (parts.length === 0) return <span className="t2">everybody together</span>;
  return parts.map(({ name, value }, index) => (
    <span key={name}>
      {index > 0 && " "}
      <span className="t3">{name}</span> <span className="m">{value}</span>
    </span>
  ));
}
