"use client";

import { corsPolicy } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { CheckField, CheckSet } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { NumberField } from "@/ui/number-field";
import type { RouteForm } from "./route-fields";

type Cors = z.input<typeof corsPolicy>;

/** Without an origin it cannot be saved: whoever switches it on names one. */
const START: Cors = { ...corsPolicy.parse({ origins: ["*"] }), origins: [] };
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The first message of a field that may be a list of fields. */
const messageOf = (error: object | undefined): string | undefined => {
  const first = Array.isArray(error) ? error.find(Boolean) : error;
  return first && "message" in first && typeof first.message === "string" ? first.message : undefined;
};

/** Which pages of other origins may call the route. */
export function CorsFields({ form }: { form: RouteForm }) {
  const { watch, formState } = form;
  const cors = watch("cors");
  const change = (next: Cors | undefined) => setPart(form, "cors", next);
  const errors = formState.errors.cors;
  return (
    <>
      <CheckField
        label="Pages of other origins may call it (CORS)"
        checked={cors !== undefined}
        onChange={(event) => change(event.target.checked ? START : undefined)}
      />
      {cors && (
        <>
          <p className="t2">Nodes answer preflights, and write the CORS fields of every answer; those of the upstream are taken off.</p>
          <ListField
            label="Origins"
            rows={2}
            placeholder="https://app.example.com"
            hint="One a line: exact, https://*.example.com for one label, or * for all"
            error={messageOf(errors?.origins)}
            value={cors.origins}
            onChange={(origins) => change({ ...cors, origins })}
          />
          <CheckField
            label="Cookies may come along: a session speaks for these pages"
            checked={cors.credentials ?? false}
            onChange={(event) => change({ ...cors, credentials: event.target.checked })}
          />
          {errors?.credentials?.message && (
            <div className="field">
              <em className="err">{errors.credentials.message}</em>
            </div>
          )}
          <CheckSet
            legend="Methods of other origins"
            mono
            hint="None ticked means those that the route takes"
            options={[...new Set([...METHODS, ...(cors.methods ?? [])])].map((value) => ({ value }))}
            value={cors.methods ?? []}
            error={messageOf(errors?.methods)}
            onChange={(methods) => change({ ...cors, methods })}
          />
          <ListField
            label="Request headers"
            rows={2}
            hint="One a line, beyond those that every page may send"
            error={messageOf(errors?.requestHeaders)}
            value={cors.requestHeaders ?? []}
            onChange={(requestHeaders) => change({ ...cors, requestHeaders })}
          />
          <ListField
            label="Response headers that a page may read"
            rows={2}
            hint="One a line, beyond the usual ones"
            error={messageOf(errors?.exposedHeaders)}
            value={cors.exposedHeaders ?? []}
            onChange={(exposedHeaders) => change({ ...cors, exposedHeaders })}
          />
          <NumberField
            label="Browsers keep the answer to a preflight for, seconds"
            error={errors?.maxAgeSeconds?.message}
            value={cors.maxAgeSeconds}
            onChange={(maxAgeSeconds) => change({ ...cors, maxAgeSeconds })}
          />
        </>
      )}
    </>
  );
}
