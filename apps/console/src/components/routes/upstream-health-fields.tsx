"use client";

import { activeHealth, passiveHealth } from "@sallyport/snapshot";
import type { z } from "zod";
import { setPart } from "@/components/forms/set-part";
import { CheckField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import type { UpstreamForm } from "./upstream-fields";

type Passive = z.input<typeof passiveHealth>;
type Active = z.input<typeof activeHealth>;

const PASSIVE_START: Passive = passiveHealth.parse({});
const ACTIVE_START: Active = activeHealth.parse({ path: "/healthz" });
/** What is no number stays one that the schema refuses. */
const numbers = (lines: readonly string[]): number[] => lines.map(Number);
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
          <TextField
            label="Failed requests in a row"
            type="number"
            error={errors?.failures?.message}
            value={shown(passive.failures)}
            onChange={(event) => change({ ...passive, failures: event.target.valueAsNumber })}
          />
          <TextField
            label="Left out for, seconds"
            type="number"
            hint="Twice as long each time in a row"
            error={errors?.ejectSeconds?.message}
            value={shown(passive.ejectSeconds)}
            onChange={(event) => change({ ...passive, ejectSeconds: event.target.valueAsNumber })}
          />
          <TextField
            label="At most, seconds"
            type="number"
            error={errors?.maxEjectSeconds?.message}
            value={shown(passive.maxEjectSeconds)}
            onChange={(event) => change({ ...passive, maxEjectSeconds: event.target.valueAsNumber })}
          />
          <ListField
            label="Statuses that count as failed"
            hint="One a line, for example 503; empty means none"
            rows={1}
            error={first(errors?.statuses)}
            value={(passive.statuses ?? []).map(String)}
            onChange={(lines) => change({ ...passive, statuses: numbers(lines) })}
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
          <TextField
            label="Every, seconds"
            type="number"
            error={errors?.intervalSeconds?.message}
            value={shown(active.intervalSeconds)}
            onChange={(event) => change({ ...active, intervalSeconds: event.target.valueAsNumber })}
          />
          <TextField
            label="Answered within, ms"
            type="number"
            error={errors?.timeoutMs?.message}
            value={shown(active.timeoutMs)}
            onChange={(event) => change({ ...active, timeoutMs: event.target.valueAsNumber })}
          />
          <ListField
            label="Statuses of a healthy one"
            hint="One a line"
            rows={1}
            error={first(errors?.statuses)}
            value={(active.statuses ?? []).map(String)}
            onChange={(lines) => change({ ...active, statuses: numbers(lines) })}
          />
          <TextField
            label="Out after failed checks in a row"
            type="number"
            error={errors?.unhealthyAfter?.message}
            value={shown(active.unhealthyAfter)}
            onChange={(event) => change({ ...active, unhealthyAfter: event.target.valueAsNumber })}
          />
          <TextField
            label="Back after good checks in a row"
            type="number"
            error={errors?.healthyAfter?.message}
            value={shown(active.healthyAfter)}
            onChange={(event) => change({ ...active, healthyAfter: event.target.valueAsNumber })}
          />
        </>
      )}
    </>
  );
}

/** An emptied field is no number, and stays empty. */
const shown = (value: number | undefined): number | "" => (value === undefined || Number.isNaN(value) ? "" : value);
