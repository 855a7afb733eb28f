"use client";

import type { Permission } from "@sallyport/control-plane";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/components/session/session-context";
import { problemOf } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Dialog } from "@/ui/dialog";
import { CheckSet, SelectField, TextField } from "@/ui/field";

const LIFETIMES = [7, 30, 90, 365] as const;

/** Makes an API token; it is shown here and nowhere afterwards. */
export function NewTokenDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { permissions } = useMe();
  const create = useMutation(trpc.apiTokens.create.mutationOptions({ gcTime: 0 }));
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Permission[]>(permissions.filter((permission) => permission.endsWith(".read")));
  const [days, setDays] = useState(90);
  const problem = create.error ? problemOf(create.error) : null;
  const issueAt = (path: string) => problem?.issues.find((issue) => issue.path.startsWith(path))?.message;
  const close = () => {
    create.reset();
    setName("");
    onClose();
  };
  const submit = () =>
    create.mutate({ name, scopes, expiresInDays: days }, { onSuccess: () => void client.invalidateQueries({ queryKey: trpc.apiTokens.pathKey() }) });
  if (create.data)
    return (
      <Dialog open={open} onClose={close} wide title={`Token ${name}`} description="Copy it now: it is not shown again.">
        <div>
          <CodeBlock title="token" text={create.data.token} />
        </div>
        <footer>
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </footer>
      </Dialog>
    );
  return (
    <Dialog open={open} onClose={close} wide title="Make an API token" description="It can do what you tick, and never more than you may yourself.">
      <form
        className="fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label="What it is for"
          error={issueAt("name") ?? (problem && problem.issues.length === 0 ? problem.message : undefined)}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <CheckSet
          legend="Permissions"
          mono
          options={permissions.map((value) => ({ value }))}
          value={scopes}
          error={issueAt("scopes")}
          onChange={setScopes}
        />
        <SelectField label="Expires in" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {LIFETIMES.map((lifetime) => (
            <option key={lifetime} value={lifetime}>
              {lifetime} days
            </option>
          ))}
        </SelectField>
        <button type="submit" className="sr" tabIndex={-1}>
          Make the token
        </button>
      </form>
      <footer>
        <Button onClick={close}>Cancel</Button>
        <Button variant="primary" busy={create.isPending} onClick={submit}>
          Make the token
        </Button>
      </footer>
    </Dialog>
  );
}
