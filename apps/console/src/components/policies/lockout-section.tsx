"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMe } from "@/components/session/session-context";
import { useTenant } from "@/components/tenant/use-tenant";
import { sentence } from "@/lib/format";
import { effectiveLockout, lockoutLine } from "@/lib/lockout-words";
import { useTRPC } from "@/trpc/client";
import { RoomHead } from "@/ui/page-head";

/** Which lockout policy holds at the tenant, and what it says. */
export function LockoutSection() {
  const trpc = useTRPC();
  const { can } = useMe();
  const { slug, spec } = useTenant();
  const fleet = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled: can("fleet.read") }));
  const isOwn = spec.lockout !== undefined;
  const words = isOwn || fleet.data ? sentence(lockoutLine(effectiveLockout(spec.lockout, fleet.data?.spec.lockout))) : "";
  return (
    <section className="room flush ruled">
      <RoomHead title="Lockout" end={<Link href={`/tenants/${slug}/lockouts`}>Who is locked out</Link>} />
      <div className="topped">
        <table className="tall">
          <tbody>
            <tr>
              <td className="w-55">
                <Link className="b plain" href={`/tenants/${slug}/policies/lockout`}>
                  {isOwn ? "Its own" : "The fleet’s"}
                </Link>
              </td>
              <td className="fill t2" title={words}>
                {words}
              </td>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}
