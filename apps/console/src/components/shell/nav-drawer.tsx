"use client";

import { Dialog } from "@base-ui/react/dialog";
import { useState } from "react";
import { Icon } from "@/ui/icon";
import { Rail } from "./rail";

/** The rail on small screens: behind a button, from the left. */
export function NavDrawer({ organisation, version }: { organisation: string; version: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="btn gho ico menu-btn" aria-label="Menu">
        <Icon name="menu" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="nav-drawer" data-modal="">
          <Dialog.Title className="sr">Menu</Dialog.Title>
          <Rail organisation={organisation} version={version} onNavigate={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
