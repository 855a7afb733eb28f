"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { problemText } from "@/lib/problem";
import { saveFile } from "@/lib/save-file";
import { useTRPC } from "@/trpc/client";
import { Button } from "@/ui/button";
import { CodeBlock } from "@/ui/code-block";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextField } from "@/ui/field";
import { Status } from "@/ui/status";

interface Made {
  readonly group: string;
  readonly revision: number;
  readonly current: number;
  readonly node: string | null;
  readonly isSealed: boolean;
  readonly signedBy: string;
}

const fileOf = ({ group, revision, node }: Made): string => `${node ?? group}-${revision}.bundle`;

/** What the node is told; an enrolled one has pinned key and group already. */
const settingsFor = (made: Made): string =>
  [
    `SALLYPORT_BUNDLE=/etc/sallyport/${fileOf(made)}`,
    ...(made.node === null ? [`SALLYPORT_BUNDLE_KEY=${made.signedBy}`, `SALLYPORT_BUNDLE_GROUP=${made.group}`] : []),
  ].join("\n");

/** Makes a revision of the group into a file, and says how a node starts from it. */
export function BundleButton({ group }: { group: string }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [node, setNode] = useState("");
  const [revision, setRevision] = useState("");
  const nodes = useQuery(trpc.nodes.list.queryOptions(undefined, { enabled: open }));
  const recipients = (nodes.data ?? []).filter((each) => each.group === group && each.status === "active");
  const make = useMutation(trpc.groups.bundle.mutationOptions({ gcTime: 0 }));
  const number = revision.trim() === "" ? null : Number(revision);
  const isNumber = number === null || (Number.isInteger(number) && number > 0);
  const close = () => {
    setOpen(false);
    make.reset();
  };
  const submit = () =>
    make.mutate(
      { group, ...(number === null ? {} : { revision: number }), ...(node === "" ? {} : { node }) },
      { onSuccess: (made) => saveFile(fileOf(made), made.bundle, "application/octet-stream") },
    );
  return (
    <>
      <Button onClick={() => setOpen(true)}>Bundle…</Button>
      <Dialog
        open={open}
        onClose={close}
        wide={make.data !== undefined}
        title={make.data ? `${fileOf(make.data)} is saved` : `A bundle of ${group}`}
        description={
          make.data
            ? "Whoever holds it can run a gateway for this group's tenants. It stands in the audit log."
            : "One revision as a signed file, from which a node starts without its control plane."
        }
      >
        {make.data ? (
          <MadeBundle made={make.data} />
        ) : (
          <form
            className="fields"
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              if (isNumber) submit();
            }}
          >
            {make.error && (
              <div className="note fail" role="alert">
                <Status tone="fail" />
                <span>{problemText(make.error)}</span>
              </div>
            )}
            <SelectField
              label="For"
              hint={
                node === ""
                  ? "Without the key to the tenants' secrets: what needs one is refused"
                  : "With the key to the tenants' secrets, encrypted to this node"
              }
              value={node}
              onChange={(event) => setNode(event.target.value)}
            >
              <option value="">Any node of the group</option>
              {recipients.map(({ name }) => (
                <option key={name} value={name}>
                  {name} alone
                </option>
              ))}
            </SelectField>
            <TextField
              label="Revision"
              inputMode="numeric"
              hint="Empty: what a node that joins now would get"
              error={isNumber ? undefined : "Write the number of a revision, or leave it empty"}
              value={revision}
              onChange={(event) => setRevision(event.target.value)}
            />
          </form>
        )}
        <footer>
          {make.data ? (
            <Button variant="primary" onClick={close}>
              Close
            </Button>
          ) : (
            <>
              <Button onClick={close}>Cancel</Button>
              <Button variant="primary" busy={make.isPending} disabled={!isNumber} onClick={submit}>
                Make the bundle
              </Button>
            </>
          )}
        </footer>
      </Dialog>
    </>
  );
}

function MadeBundle({ made }: { made: Made }) {
  return (
    <div className="grid gap-3">
      {made.revision !== made.current && (
        <div className="note att">
          <Status tone="att" />
          <span>
            The group's nodes run revision {made.current} now. What was revoked since revision {made.revision} is not in it.
          </span>
        </div>
      )}
      {made.isSealed && made.node === null && <p className="t2">It has no key to the tenants' secrets: what needs one is refused.</p>}
      <CodeBlock title={made.node === null ? "settings of the node" : `settings of ${made.node}`} text={settingsFor(made)} />
    </div>
  );
}
