"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { setPart } from "@/components/forms/set-part";
import { PolicyRooms } from "@/components/policies/policy-rooms";
import { useMe } from "@/components/session/session-context";
import { useTenantForm } from "@/components/tenant/use-tenant-form";
import { effectiveLockout } from "@/lib/lockout-words";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { PageHead } from "@/ui/page-head";
import { type InheritedLockout, LockoutFields } from "./lockout-fields";
import { LockoutSummary } from "./lockout-summary";

/** Who is locked out of one tenant: by the fleet's policy, or by one of its own. */
export function TenantLockoutPolicy() {
  const trpc = useTRPC();
  const { can } = useMe();
  const { tenant, spec } = useTenantForm("The lockout policy is in the draft");
  const fleet = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled: can("fleet.read") }));
  const inherited: InheritedLockout = {
    label: "The fleet’s",
    otherwise: "Its own, in place of the fleet’s",
    policy: fleet.data ? effectiveLockout(undefined, fleet.data.spec.lockout) : null,
  };
  const { watch, formState } = spec.form;
  const value = watch("lockout");
  const editable = can("tenant.write");
  return (
    <>
      <PageHead
        title={`Lockout policy of ${tenant.slug}`}
        answer="Nothing reaches a node before it is published."
        actions={
          editable && (
            <>
              <LinkButton href={`/tenants/${tenant.slug}/policies`}>Cancel</LinkButton>
              <Button variant="primary" busy={spec.saving} disabled={!formState.isDirty} onClick={() => void spec.submit()}>
                Save to the draft
              </Button>
            </>
          )
        }
      />
      <PolicyRooms
        spec={spec}
        what={tenant.slug}
        editable={editable}
        summary={
          <>
            <LockoutSummary value={value} inherited={inherited} />
            <p className="mt-2">
              <Link href={`/tenants/${tenant.slug}/lockouts`}>Who is locked out now</Link>
            </p>
          </>
        }
      >
        <LockoutFields
          value={value}
          inherited={inherited}
          errors={formState.errors.lockout}
          onChange={(lockout) => setPart(spec.form, "lockout", lockout)}
        />
      </PolicyRooms>
    </>
  );
}
