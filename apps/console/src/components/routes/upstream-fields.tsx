"use client";

import type { UpstreamSpec, upstreamSpec } from "@sallyport/snapshot";
import type { UseFormReturn } from "react-hook-form";
import type { z } from "zod";
import { TextField } from "@/ui/field";
import { TargetsField } from "./targets-field";

export type UpstreamForm = UseFormReturn<z.input<typeof upstreamSpec>, unknown, UpstreamSpec>;

/** Where requests go, and how long the gateway waits there. */
export function UpstreamFields({ form }: { form: UpstreamForm }) {
  const {
    register,
    formState: { errors },
  } = form;
  const number = { valueAsNumber: true } as const;
  return (
    <>
      <TargetsField form={form} />
      <TextField label="Connect within, ms" type="number" error={errors.connectTimeoutMs?.message} {...register("connectTimeoutMs", number)} />
      <TextField
        label="Respond within, ms"
        type="number"
        hint="Until the response's head, and between two chunks of its body"
        error={errors.responseTimeoutMs?.message}
        {...register("responseTimeoutMs", number)}
      />
      <TextField label="Sockets a node and address" type="number" error={errors.maxConnections?.message} {...register("maxConnections", number)} />
    </>
  );
}
