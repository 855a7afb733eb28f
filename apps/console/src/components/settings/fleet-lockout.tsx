"use client";

import { fleetSpec } from "@sallyport/snapshot";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { setPart } from "@/components/forms/set-part";
import { useSpecForm } from "@/components/forms/use-spec-form";
import { type InheritedLockout, LockoutFields } from "@/components/lockouts/lockout-fields";
import { LockoutSummary } from "@/components/lockouts/lockout-summary";
import { PolicyRooms } from "@/components/policies/policy-rooms";
import { useMe } from "@/components/session/session-context";
import { STANDARD_LOCKOUT } from "@/lib/lockout-words";
import type { RouterOutputs } from "@/server/trpc/root";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { notify } from "@/ui/toast";

const INHERITED: InheritedLockout = { label: "The standard", otherwise: "The fleet’s own", policy: STANDARD_LOCKOUT };

/** Who is locked out at tenants that say nothing themselves: a part of the fleet's settings. */
export function FleetLockout({ current }: { current: RouterOutputs["fleet"]["settings"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { can } = useMe();
  const put = useMutation(trpc.fleet.putSettings.mutationOptions());
  const spec = useSpecForm({
    schema: fleetSpec,
    values: current.spec,
    version: current.version,
    save: (document, version) => put.mutateAsync({ spec: document, version: version ?? current.version }),
    onSaved: () => {
      notify({ title: "The fleet's lockout policy is in the draft" });
      void client.invalidateQueries();
    },
  });
  const { watch, formState } = spec.form;
  const value = watch("lockout");
  return (
    <PolicyRooms
      spec={spec}
      what="The fleet's settings"
      editable={can("fleet.write")}
      summary={
        <>
          <LockoutSummary value={value} inherited={INHERITED} />
          <p className="t3 mt-2">It holds at every tenant without a policy of its own.</p>
        </>
      }
    >
      <LockoutFields
        value={value}
        inherited={INHERITED}
        errors={formState.errors.lockout}
        onChange={(lockout) => setPart(spec.form, "lockout", lockout)}
      />
      {can("fleet.write") && (
        <div>
          <Button type="submit" variant="primary" busy={spec.saving} disabled={!formState.isDirty}>
            Save to the draft
          </Button>
        </div>
      )}
    </PolicyRooms>
  );
}
