"use client";

import { activeHealth, passiveHealth } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { CheckField, TextField } from "@/ui/field";
import { NumberField, NumberListField } from "@/ui/number-field";
import type { UpstreamForm } from "./upstream-fields";

type Passive = z.input<typeof passiveHealth>;
type Active = z.input<typeof activeHealth>;

const PASSIVE_START: Passive = passiveHealth.parse({});
const ACTIVE_START: Active = activeHealth.parse({ path: "/healthz" });
const first = (error: { message?: string } | readonly ({ message?: string } | undefined)[] | undefined): string | undefined =>
  Array.isArray(error) ? error.find(Boolean)?.message : (error as { message?: string } | undefined)?.message;

/** When an address gets no more requests, and when it gets them again. */
export function UpstreamHealthFields({ form }: { form: UpstreamForm }) {
  return (
    <>
      <PassiveFields form={form} />
      <ActiveFields form={form} />
    </>
  );
}

function PassiveFields({ form }: { form: UpstreamForm }) {
  const { watch, formState } = form;
  const passive = watch("passiveHealth");
  const change = (next: Passive | undefined) => setPart(form, "passiveHealth", next);
  const errors = formState.errors.passiveHealth;
  return (
    <>
      <p className="t2">
        Requests that fail in a row take an address out for a while, as long as another one is left. Without own values that is after{" "}
        {PASSIVE_START.failures} in a row, for {PASSIVE_START.ejectSeconds} s.
      </p>
      <CheckField
        label="Own values for failing requests"
        checked={passive !== undefined}
        onChange={(event) => change(event.target.checked ? PASSIVE_START : undefined)}
      />
      {passive && (
        <>
          <NumberField
            label="Failed requests in a row"
            error={errors?.failures?.message}
            value={passive.failures}
            onChange={(failures) => change({ ...passive, failures })}
          />
          <NumberField
            label="Left out for, seconds"
            hint="Twice as long each time in a row"
            error={errors?.ejectSeconds?.message}
            value={passive.ejectSeconds}
            onChange={(ejectSeconds) => change({ ...passive, ejectSeconds })}
          />
          <NumberField
            label="At most, seconds"
            error={errors?.maxEjectSeconds?.message}
            value={passive.maxEjectSeconds}
            onChange={(maxEjectSeconds) => change({ ...passive, maxEjectSeconds })}
          />
          <NumberListField
            label="Statuses that count as failed"
            hint="One a line, for example 503; empty means none"
            rows={1}
            error={first(errors?.statuses)}
            value={passive.statuses ?? []}
            onChange={(statuses) => change({ ...passive, statuses })}
          />
        </>
      )}
    </>
  );
}

function ActiveFields({ form }: { form: UpstreamForm }) {
  const { watch, formState } = form;
  const active = watch("activeHealth");
  const change = (next: Active | undefined) => setPart(form, "activeHealth", next);
  const errors = formState.errors.activeHealth;
  return (
    <>
      <CheckField
        label="Each node checks every address by itself"
        checked={active !== undefined}
        onChange={(event) => change(event.target.checked ? ACTIVE_START : undefined)}
      />
      {active && (
        <>
          <TextField
            label="Path of the check"
            mono
            spellCheck={false}
            hint="Asked with GET at the address's origin"
            error={errors?.path?.message}
            value={active.path}
            onChange={(event) => change({ ...active, path: event.target.value })}
          />
          <NumberField
            label="Every, seconds"
            error={errors?.intervalSeconds?.message}
            value={active.intervalSeconds}
            onChange={(intervalSeconds) => change({ ...active, intervalSeconds })}
          />
          <NumberField
            label="Answered within, ms"
            error={errors?.timeoutMs?.message}
            value={active.timeoutMs}
            onChange={(timeoutMs) => change({ ...active, timeoutMs })}
          />
          <NumberListField
            label="Statuses of a healthy one"
            hint="One a line"
            rows={1}
            error={first(errors?.statuses)}
            value={active.statuses ?? []}
            onChange={(statuses) => change({ ...active, statuses })}
          />
          <NumberField
            label="Out after failed checks in a row"
            error={errors?.unhealthyAfter?.message}
            value={active.unhealthyAfter}
            onChange={(unhealthyAfter) => change({ ...active, unhealthyAfter })}
          />
          <NumberField
            label="Back after good checks in a row"
            error={errors?.healthyAfter?.message}
            value={active.healthyAfter}
            onChange={(healthyAfter) => change({ ...active, healthyAfter })}
          />
        </>
      )}
    </>
  );
}
