"use client";

import type { PortalIntent } from "@sallyport/control-plane";
import { useId, useState } from "react";
import { INTENT_WORDS, INTENTS } from "@/lib/portal-words";
import { problemOf } from "@/lib/problem";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Dialog } from "@/ui/dialog";
import { CheckSet, SelectField, TextField } from "@/ui/field";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";
import { useInvitations } from "./use-invitations";

const LIFETIMES = [1, 3, 7, 14, 30] as const;

/** Makes a link to the tenant's portal, and shows it this once. */
export function InvitationDialog({ slug, onClose }: { slug: string; onClose: () => void }) {
  const { create } = useInvitations();
  const form = useId();
  const [recipient, setRecipient] = useState("");
  const [intents, setIntents] = useState<PortalIntent[]>([...INTENTS]);
  const [days, setDays] = useState("7");
  const problem = create.error ? problemOf(create.error) : null;
  const issueAt = (path: string) => problem?.issues.find((issue) => issue.path.startsWith(path))?.message;
  const close = () => {
    create.reset();
    onClose();
  };
  if (create.data)
    return (
      <Dialog
        open
        wide
        sticky
        onClose={close}
        title={`Link for ${create.data.row.recipient}`}
        description={
          <>
            It lets one browser in to the portal of {slug}, once, and ends <Time at={create.data.row.expiresAt} as="until" />.
          </>
        }
      >
        <div className="fields">
          <div className="note att">
            <Status tone="att" />
            <span>Copy it now, and send it to nobody else: whoever opens it first is in. Only its hash is kept.</span>
          </div>
          <CodeBlock title="Link" text={create.data.link} />
        </div>
        <footer>
          <Button variant="primary" onClick={close}>
            I have copied it
          </Button>
        </footer>
      </Dialog>
    );
  return (
    <Dialog
      open
      wide
      onClose={close}
      title={`Invite somebody of ${slug}`}
      description={`They see ${slug} and nothing else, without an account here. What they change is the draft of ${slug}.`}
    >
      <form
        id={form}
        className="fields"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ slug, recipient, intents, expiresInDays: Number(days) });
        }}
      >
        {problem && problem.issues.length === 0 && (
          <div className="note fail" role="alert">
            <Status tone="fail" />
            <span>{problem.message}</span>
          </div>
        )}
        <TextField
          label="For whom"
          autoComplete="off"
          maxLength={120}
          placeholder="Art Vandelay, IT"
          hint="Names what they do in the audit log"
          error={create.variables?.recipient === recipient ? issueAt("recipient") : undefined}
          value={recipient}
          onChange={(event) => setRecipient(event.target.value)}
        />
        <CheckSet
          legend="For what"
          options={INTENTS.map((value) => ({ value, label: INTENT_WORDS[value].summary }))}
          value={intents}
          error={issueAt("intents")}
          onChange={setIntents}
        />
        <SelectField
          label="Ends"
          hint="The link, and the access that came of it"
          error={issueAt("expiresInDays")}
          value={days}
          onChange={(event) => setDays(event.target.value)}
        >
          {LIFETIMES.map((lifetime) => (
            <option key={lifetime} value={lifetime}>
              {lifetime === 1 ? "In 1 day" : `In ${lifetime} days`}
            </option>
          ))}
        </SelectField>
      </form>
      <footer>
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" form={form} variant="primary" busy={create.isPending}>
          Make the link
        </Button>
      </footer>
    </Dialog>
  );
}
