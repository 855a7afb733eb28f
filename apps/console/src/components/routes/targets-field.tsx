"use client";

import { targetsOf } from "@sallyport/snapshot";
import { useState } from "react";
import { setPart } from "@/components/forms/set-part";
import { AreaField } from "@/ui/field";
import type { UpstreamForm } from "./upstream-fields";

interface Line {
  readonly url: string;
  readonly weight: number;
}

const lineOf = ({ url, weight }: Line): string => (weight === 1 ? url : `${url} ${weight}`);

/** Addresses, one a line; behind one, and a blank, its weight. */
function parse(text: string): Line[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [url = "", weight] = line.split(/\s+/);
      return { url, weight: weight === undefined ? 1 : Number(weight) };
    });
}

/** Where requests go. One address is the upstream's `url`, several are its `targets`. */
export function TargetsField({ form }: { form: UpstreamForm }) {
  const { watch, formState } = form;
  const [url, targets] = watch(["url", "targets"]);
  const value = targetsOf({ url, targets: targets?.map((target) => ({ url: target.url, weight: target.weight ?? 1 })) }).filter((line) => line.url);
  const written = value.map(lineOf).join("\n");
  const [text, setText] = useState(written);
  // What was set from outside (a conflict) replaces the text; what stands there already does not.
  const shown = parse(text).map(lineOf).join("\n") === written ? text : written;
  const { errors } = formState;
  const inTargets = Array.isArray(errors.targets) ? errors.targets.find(Boolean) : errors.targets;
  return (
    <AreaField
      label="Addresses"
      mono
      spellCheck={false}
      autoCapitalize="none"
      placeholder="https://payouts.svc:8443"
      hint="One a line: http:// or https://, a host, and at most a path. Several share the load; a number behind one is its weight."
      rows={Math.max(3, shown.split("\n").length)}
      error={errors.url?.message ?? inTargets?.url?.message ?? inTargets?.weight?.message ?? inTargets?.message}
      value={shown}
      onChange={(event) => {
        setText(event.target.value);
        const lines = parse(event.target.value);
        const [first] = lines;
        const isOne = lines.length < 2 && (first === undefined || first.weight === 1);
        setPart(form, "url", isOne ? (first?.url ?? "") : undefined);
        setPart(form, "targets", isOne ? undefined : lines);
      }}
    />
  );
}
