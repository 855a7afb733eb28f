"use client";

import type { fleetSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { CheckField, SelectField, TextField } from "@/ui/field";
import { Status } from "@/ui/status";

type FleetForm = UseFormReturn<z.input<typeof fleetSpec>, unknown, z.output<typeof fleetSpec>>;

/** Whether proxies in front hand clients' certificates on, and how. */
export function CertificateHeaderFields({ form }: { form: FleetForm }) {
  const { register, watch, setValue, formState } = form;
  const header = watch("clientCertificateHeader");
  return (
    <>
      <h2 className="b">Client certificates from proxies</h2>
      <CheckField
        label="Trusted proxies hand them on in a header"
        checked={header !== undefined}
        onChange={(event) =>
          setValue("clientCertificateHeader", event.target.checked ? { name: "Client-Cert", format: "rfc9440" } : undefined, { shouldDirty: true })
        }
      />
      {header && (
        <>
          <TextField
            label="Header of client certificates"
            mono
            spellCheck={false}
            error={formState.errors.clientCertificateHeader?.name?.message}
            {...register("clientCertificateHeader.name")}
          />
          <SelectField label="Its form" {...register("clientCertificateHeader.format")}>
            <option value="rfc9440">RFC 9440: base64 between colons (HAProxy)</option>
            <option value="url_encoded_pem">PEM, percent-encoded (nginx)</option>
          </SelectField>
          <div className="note att">
            <Status tone="att" />
            <span>Every trusted proxy must overwrite this header. One that passes it on lets its clients be whomever they like.</span>
          </div>
        </>
      )}
    </>
  );
}
