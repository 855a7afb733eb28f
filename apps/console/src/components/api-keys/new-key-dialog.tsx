"use client";

import { useId, useState } from "react";
import { problemOf } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextField } from "@/ui/field";
import { ListField } from "@/ui/list-field";
import { KeyShownOnce } from "./key-shown-once";
import { useApiKeys } from "./use-api-keys";

const LIFETIMES = [30, 90, 365] as const;

/** Makes an API key of a tenant, and shows it this once. */
export function NewKeyDialog({ slug, onClose }: { slug: string; onClose: () => void }) {
  const { create } = useApiKeys();
  const form = useId();
  const [name, setName] = useState("");
  const [subject, setSubject] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [days, setDays] = useState("365");
  const problem = create.error ? problemOf(create.error) : null;
  const sent = create.variables;
  const issueAt = (path: string) => problem?.issues.find((issue) => issue.path.startsWith(path))?.message;
  const close = () => {
    create.reset();
    onClose();
  };
  const submit = () => create.mutate({ slug, name, scopes, ...(subject && { subject }), expiresInDays: days === "never" ? null : Number(days) });
  if (create.data) return <KeyShownOnce title={`Key ${create.data.row.name} of ${slug}`} apiKey={create.data.key} onClose={close} />;
  return (
    <Dialog
      open
      wide
      onClose={close}
      title={`Make an API key for ${slug}`}
      description={`Whoever has it calls as ${slug}, with the scopes below, until it expires or is revoked.`}
    >
      <form
        id={form}
        className="fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {problem && problem.issues.length === 0 && (
          <div className="note fail" role="alert">
            <span>{problem.message}</span>
          </div>
        )}
        <TextField
          label="Name"
          mono
          spellCheck={false}
          autoComplete="off"
          hint="What uses it, such as ci-runner. It never changes"
          error={sent?.name === name ? issueAt("name") : undefined}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Subject"
          mono
          spellCheck={false}
          autoComplete="off"
          placeholder={`api-key/${name || "<name>"}`}
          hint="Who calls, as your upstreams see it in X-User-Id"
          error={issueAt("subject")}
          value={subject}
          onChange={(event) => setSubject(event.target.value)}
        />
        <ListField
          label="Scopes"
          rows={2}
          hint="One a line. Routes that require others answer 403 insufficient_scope"
          error={issueAt("scopes")}
          value={scopes}
          onChange={setScopes}
        />
        <SelectField label="Expires" error={issueAt("expiresInDays")} value={days} onChange={(event) => setDays(event.target.value)}>
          {LIFETIMES.map((lifetime) => (
            <option key={lifetime} value={lifetime}>
              In {lifetime} days
            </option>
          ))}
          <option value="never">Never: it works until it is revoked</option>
        </SelectField>
      </form>
      <footer>
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" form={form} variant="primary" busy={create.isPending}>
          Make the key
        </Button>
      </footer>
    </Dialog>
  );
}
