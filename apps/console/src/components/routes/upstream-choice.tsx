"use client";

import { SelectField, TextField } from "@/ui/field";

export interface NewUpstream {
  readonly name: string;
  readonly url: string;
}

/** An upstream that is there, or a new one made together with the route. */
export function UpstreamChoice({
  names,
  value,
  onChoose,
  fresh,
  onFresh,
  error,
}: {
  names: readonly string[];
  value: string;
  onChoose: (name: string) => void;
  fresh: NewUpstream | null;
  onFresh: (fresh: NewUpstream | null) => void;
  error?: string;
}) {
  return (
    <>
      {names.length > 0 && (
        <SelectField
          label="Upstream"
          error={fresh ? undefined : error}
          value={fresh ? " new" : value}
          onChange={(event) => {
            if (event.target.value === " new") return onFresh({ name: "", url: "" });
            onFresh(null);
            onChoose(event.target.value);
          }}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value=" new">A new one…</option>
        </SelectField>
      )}
      {fresh && (
        <>
          <TextField
            label="Upstream address"
            mono
            spellCheck={false}
            placeholder="https://payouts.svc:8443"
            hint="http:// or https://, a host, and at most a path"
            error={error}
            value={fresh.url}
            onChange={(event) => onFresh({ ...fresh, url: event.target.value })}
          />
          <TextField
            label="Upstream name"
            mono
            spellCheck={false}
            value={fresh.name}
            onChange={(event) => onFresh({ ...fresh, name: event.target.value })}
          />
        </>
      )}
    </>
  );
}
