"use client";

import { useQuery } from "@tanstack/react-query";
import { FormFrame } from "@/components/forms/form-frame";
import { useMe } from "@/components/session/session-context";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { ListField } from "@/ui/list-field";
import { RoomHead } from "@/ui/page-head";
import { useTenantForm } from "./use-tenant-form";

/** How requests name this tenant: its own domains, a subdomain, a path, a header. */
export function TenantDomains() {
  const trpc = useTRPC();
  const { can } = useMe();
  const { tenant, spec } = useTenantForm("The domains are in the draft");
  const fleet = useQuery(trpc.fleet.settings.queryOptions(undefined, { enabled: can("fleet.read") }));
  const settings = fleet.data?.spec;
  const { watch, setValue, formState } = spec.form;
  const addresses = settings
    ? [
        ...(settings.resolution.includes("subdomain") ? settings.baseDomains.map((base) => `${tenant.slug}.${base}`) : []),
        ...(settings.resolution.includes("path") ? [`${settings.tenantPathPrefix}/${tenant.slug}/`] : []),
        ...(settings.resolution.includes("header") ? [`${settings.tenantHeader}: ${tenant.slug}`] : []),
      ]
    : [];
  return (
    <div className="rooms split-l s:grid-cols-2">
      <section className="room pt-4">
        <FormFrame spec={spec} what={tenant.slug} id="domains">
          <fieldset className="bare fields" disabled={!can("tenant.write")}>
            <ListField
              label="Custom domains"
              rows={4}
              hint="Hosts that name this tenant, one a line; exact, lower case, without scheme or port"
              placeholder="api.acme.example"
              value={watch("domains") ?? []}
              error={formState.errors.domains?.message ?? formState.errors.domains?.[0]?.message ?? formState.errors.domains?.root?.message}
              onChange={(domains) => setValue("domains", domains, { shouldDirty: true })}
            />
            {can("tenant.write") && (
              <div>
                <Button type="submit" variant="primary" busy={spec.saving} disabled={!formState.isDirty}>
                  Save domains to the draft
                </Button>
              </div>
            )}
          </fieldset>
        </FormFrame>
      </section>
      <section className="room">
        <RoomHead title="Also reached as" />
        <ul>
          {addresses.map((address) => (
            <li key={address} className="row between copy-line">
              <code>{address}</code>
              <CopyButton text={address} />
            </li>
          ))}
        </ul>
        <p className="t3 mt-2">By the fleet&rsquo;s base domains, path prefix and header. Two sources that name different tenants are refused.</p>
      </section>
    </div>
  );
}
