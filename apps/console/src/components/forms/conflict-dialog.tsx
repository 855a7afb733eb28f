"use client";

import { stringify } from "yaml";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { YamlDiff } from "@/ui/yaml-diff";

/** Two people saved one object: both texts side by side, and a choice. Nothing typed is gone until it is made. */
export default function ConflictDialog({
  what,
  theirs,
  mine,
  onKeepMine,
  onTakeTheirs,
  onClose,
}: {
  what: string;
  theirs: unknown;
  mine: unknown;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={`${what} was saved by somebody else meanwhile`}
      description="Red is what stands now, green is what you typed. Saving yours replaces theirs; both stay in the audit log."
    >
      <div>
        <YamlDiff title="theirs → yours" before={stringify(theirs)} after={stringify(mine)} />
      </div>
      <footer>
        <Button variant="ghost" onClick={onClose}>
          Back to the form
        </Button>
        <Button onClick={onTakeTheirs}>Take theirs</Button>
        <Button variant="primary" onClick={onKeepMine}>
          Save mine
        </Button>
      </footer>
    </Dialog>
  );
}
