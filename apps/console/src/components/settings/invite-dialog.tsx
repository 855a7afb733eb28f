"use client";

import type { Role } from "@sallyport/control-plane";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { problemOf } from "@/lib/problem";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { RoleChoice } from "./role-choice";

/** Makes a one-time link for somebody; it is shown here and nowhere afterwards. */
export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const invite = useMutation(trpc.people.invite.mutationOptions({ gcTime: 0 }));
  const [email, setEmail] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [roles, setRoles] = useState<Role[]>(["viewer"]);
  const problem = invite.error ? problemOf(invite.error) : null;
  const issueAt = (path: string) => problem?.issues.find((issue) => issue.path.startsWith(path))?.message;
  const close = () => {
    invite.reset();
    setEmail("");
    setDisplayName("");
    onClose();
  };
  const submit = () =>
    invite.mutate(
      { email, displayName, roles: roles.map((role) => ({ role, tenant: null })) },
      { onSuccess: () => void client.invalidateQueries({ queryKey: trpc.people.pathKey() }) },
    );
  if (invite.data)
    return (
      <Dialog open={open} onClose={close} title={`Hand this link to ${displayName}`} description="It works once and is not shown again.">
        <div>
          <CodeBlock title="link" text={`${window.location.origin}/welcome#token=${invite.data.token}`} />
        </div>
        <footer>
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </footer>
      </Dialog>
    );
  return (
    <Dialog open={open} onClose={close} title="Invite somebody" description="They choose their own password.">
      <form
        className="fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField label="E-mail" type="email" error={issueAt("email")} value={email} onChange={(event) => setEmail(event.target.value)} />
        <TextField label="Name" error={issueAt("displayName")} value={displayName} onChange={(event) => setDisplayName(event.target.value)} />
        <RoleChoice
          value={roles}
          onChange={setRoles}
          error={issueAt("roles") ?? (problem && problem.issues.length === 0 ? problem.message : undefined)}
        />
        <button type="submit" className="sr" tabIndex={-1}>
          Make the link
        </button>
      </form>
      <footer>
        <Button onClick={close}>Cancel</Button>
        <Button variant="primary" busy={invite.isPending} onClick={submit}>
          Make the link
        </Button>
      </footer>
    </Dialog>
  );
}
