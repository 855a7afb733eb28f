"use client";

import { useState } from "react";
import { problemText } from "@/lib/problem";
import type { ApiKeyRow } from "@/lib/rows";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";
import { KeyShownOnce } from "./key-shown-once";
import { useApiKeys } from "./use-api-keys";

const OVERLAPS = [
  [3_600, "1 hour"],
  [86_400, "1 day"],
  [7 * 86_400, "7 days"],
  [30 * 86_400, "30 days"],
] as const;

/** Makes another key under the same name, and says what becomes of the one that stands. */
export function RotateKeyDialog({ slug, row, onClose }: { slug: string; row: ApiKeyRow; onClose: () => void }) {
  const { rotate } = useApiKeys();
  const [overlap, setOverlap] = useState("86400");
  const close = () => {
    rotate.reset();
    onClose();
  };
  const submit = () => rotate.mutate({ slug, name: row.name, overlapSeconds: Number(overlap), version: row.version });
  if (rotate.data) {
    const { key, row: made } = rotate.data;
    const after = made.previous
      ? `The one that it replaces, …${made.previous.hint}, still works for a while.`
      : "The one that it replaced works no more.";
    return <KeyShownOnce title={`New key ${made.name} of ${slug}`} apiKey={key} after={after} onClose={close} />;
  }
  return (
    <Dialog
      open
      onClose={close}
      title={`Rotate ${row.name}`}
      description="A new key is made, with the same subject and scopes and as long a life. The present key goes on for the time below, and never past its own end."
    >
      <div className="fields">
        {rotate.error && (
          <div className="note fail" role="alert">
            <span>{problemText(rotate.error)}</span>
          </div>
        )}
        {row.previous && (
          <div className="note att">
            <span>The key that the last rotation replaced, …{row.previous.hint}, ends now.</span>
          </div>
        )}
        <SelectField label={`The present key, …${row.hint}, works for`} value={overlap} onChange={(event) => setOverlap(event.target.value)}>
          {OVERLAPS.map(([seconds, words]) => (
            <option key={seconds} value={seconds}>
              {words} more
            </option>
          ))}
          <option value="0">no longer: it ends at once</option>
        </SelectField>
      </div>
      <footer>
        <Button onClick={close}>Cancel</Button>
        <Button variant="primary" busy={rotate.isPending} onClick={submit}>
          Make the new key
        </Button>
      </footer>
    </Dialog>
  );
}
