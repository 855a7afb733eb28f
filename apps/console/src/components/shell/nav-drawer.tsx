"use client";

import { Dialog } from "@base-ui/react/dialog";
import { Rail } from "./rail";

/** The rail from the left, on small screens. */
export default function NavDrawer({
  organisation,
  version,
  open,
  onClose,
}: {
  organisation: string;
  version: string;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="nav-drawer" aria-modal="true" data-modal="">
          <Dialog.Title className="sr">Menu</Dialog.Title>
          <Rail organisation={organisation} version={version} onNavigate={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
