"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormFrame } from "@/components/forms/form-frame";
import { useMe } from "@/components/session/session-context";
import { LimitHeaderSelect } from "@/components/settings/limit-header-select";
import { count } from "@/lib/format";
import { useTRPC } from "@/trpc/client";
import { Button, LinkButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { RoomHead } from "@/ui/page-head";
import { notify, notifyFailure } from "@/ui/toast";
import { DeleteTenantDialog } from "./delete-tenant-dialog";
import { useTenantForm } from "./use-tenant-form";

const RevokeDialog = dynamic(() => import("@/components/revocations/revoke-dialog").then((module) => module.RevokeDialog), { ssr: false });

/** The tenant's name and plan, and the two ways to stop its traffic. */
export function TenantSettings() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const { can } = useMe();
  const { tenant, spec } = useTenantForm("The settings are in the draft");
  const stats = useQuery(trpc.tenants.stats.queryOptions({ slugs: [tenant.slug] }));
  const suspend = useMutation(trpc.tenants.suspend.mutationOptions());
  const resume = useMutation(trpc.tenants.resume.mutationOptions());
  const [asking, setAsking] = useState<"suspend" | "suspend_now" | "delete" | null>(null);
  const { register, watch, setValue, formState } = spec.form;
  const requests = count(stats.data?.[tenant.slug]?.requests24h ?? 0);
  const suspended = tenant.spec.status === "suspended";

  const change = (action: typeof suspend | typeof resume, title: string) =>
    action.mutate(
      { slug: tenant.slug, version: tenant.version },
      {
        onSuccess: () => {
          notify({ title });
          setAsking(null);
        },
        onError: (error) => notifyFailure("Nothing was changed", error),
        onSettled: () => void client.invalidateQueries(),
      },
    );

  return (
    <div className="rooms split-l s:grid-cols-2">
      <section className="room pt-4">
        <FormFrame spec={spec} what={tenant.slug} id="tenant-settings">
          <fieldset className="bare fields" disabled={!can("tenant.write")}>
            <TextField label="Display name" hint="Shown to people only" error={formState.errors.displayName?.message} {...register("displayName")} />
            <TextField label="Plan" mono hint="Fleet-wide rate limits can name it" error={formState.errors.plan?.message} {...register("plan")} />
            <LimitHeaderSelect
              value={watch("rateLimitFields")}
              unset="As the fleet says"
              onChange={(fields) => setValue("rateLimitFields", fields, { shouldDirty: true })}
            />
            {can("tenant.write") && (
              <div>
                <Button type="submit" variant="primary" busy={spec.saving} disabled={!formState.isDirty}>
                  Save settings to the draft
                </Button>
              </div>
            )}
          </fieldset>
        </FormFrame>
      </section>
      <section className="room">
        <RoomHead title={suspended ? "Suspended" : "Stop its traffic"} />
        <p className="t2 mb-2">
          {tenant.suspension
            ? `Suspended at the nodes without a publish by ${tenant.suspension.byName}: ${tenant.suspension.reason}. It holds until a published revision contains it, or until it is lifted.`
            : suspended
              ? "Every request is answered 403 tenant_suspended once the suspension is published."
              : `${requests} requests of the last 24 h came for it. Suspended, they get 403 tenant_suspended; deleted, 404 tenant_not_found. Both wait in the draft until they are published; suspending now does not wait.`}
        </p>
        <div className="row wrap">
          {tenant.suspension ? (
            <LinkButton href={`/tenants/${tenant.slug}/revocations?open=${tenant.suspension.id}`}>See it at the nodes</LinkButton>
          ) : (
            can("revocation.write") &&
            can("tenant.write") && (
              <Button variant="danger" onClick={() => setAsking("suspend_now")}>
                Suspend now…
              </Button>
            )
          )}
          {can("tenant.write") &&
            tenant.suspension === null &&
            (suspended ? (
              <Button busy={resume.isPending} onClick={() => change(resume, `${tenant.slug} is active again in the draft`)}>
                Resume {tenant.slug}
              </Button>
            ) : (
              <Button variant="danger" onClick={() => setAsking("suspend")}>
                Suspend in the draft…
              </Button>
            ))}
          {can("tenant.delete") && (
            <Button variant="danger" onClick={() => setAsking("delete")}>
              Delete {tenant.slug}…
            </Button>
          )}
        </div>
      </section>
      <Dialog
        open={asking === "suspend"}
        onClose={() => setAsking(null)}
        title={`Suspend ${tenant.slug}`}
        description={`${requests} requests of the last 24 h came for it. They get 403 tenant_suspended as soon as the draft is published.`}
      >
        <footer>
          <Button onClick={() => setAsking(null)}>Keep {tenant.slug}</Button>
          <Button variant="danger" busy={suspend.isPending} onClick={() => change(suspend, `${tenant.slug} is suspended in the draft`)}>
            Suspend {tenant.slug}
          </Button>
        </footer>
      </Dialog>
      {asking === "suspend_now" && (
        <RevokeDialog
          slug={tenant.slug}
          start="suspension"
          onClose={() => setAsking(null)}
          onDone={(made) => router.push(`/tenants/${made.tenant}/revocations?open=${made.id}`)}
        />
      )}
      <DeleteTenantDialog
        open={asking === "delete"}
        slug={tenant.slug}
        requests={requests}
        apiKeys={tenant.apiKeys}
        onClose={() => setAsking(null)}
      />
    </div>
  );
}
