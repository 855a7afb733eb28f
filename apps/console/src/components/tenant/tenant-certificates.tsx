"use client";

import { FormFrame } from "@/components/forms/form-frame";
import { useMe } from "@/components/session/session-context";
import { Button } from "@/ui/button";
import { CheckField } from "@/ui/field";
import { RoomHead } from "@/ui/page-head";
import { CertificateFields, NO_CERTIFICATES } from "./certificate-fields";
import { useTenantForm } from "./use-tenant-form";

/** Which client certificates count at this tenant, and whom they name. */
export function TenantCertificates() {
  const { can } = useMe();
  const { tenant, spec } = useTenantForm("The client certificates are in the draft");
  const { watch, setValue, formState } = spec.form;
  const trust = watch("clientCertificates");
  return (
    <div className="rooms split-l s:grid-cols-2">
      <section className="room pt-4">
        <FormFrame spec={spec} what={tenant.slug} id="certificates">
          <fieldset className="bare fields" disabled={!can("tenant.write")}>
            <CheckField
              label="Take client certificates (mutual TLS)"
              checked={trust !== undefined}
              onChange={(event) => setValue("clientCertificates", event.target.checked ? NO_CERTIFICATES : undefined, { shouldDirty: true })}
            />
            {trust && <CertificateFields form={spec.form} trust={trust} />}
            {can("tenant.write") && (
              <div>
                <Button type="submit" variant="primary" busy={spec.saving} disabled={!formState.isDirty}>
                  Save certificates to the draft
                </Button>
              </div>
            )}
          </fieldset>
        </FormFrame>
      </section>
      <section className="room">
        <RoomHead title="How a certificate counts" />
        <ul className="fields t2">
          <li>A route takes it when it names client certificates among its credentials.</li>
          <li>It is shown in the TLS handshake at the node, or handed on by a trusted proxy in the header that the fleet&rsquo;s settings name.</li>
          <li>It must be meant for client authentication, and lead to one of the authorities through what it sends along.</li>
          <li>A certificate of another tenant&rsquo;s authority is refused with 403 tenant_mismatch, and reported.</li>
        </ul>
        <p className="t3 mt-4">
          Certificates are good until they expire. To end one before, let its authority stop issuing and change the authority here.
        </p>
      </section>
    </div>
  );
}
