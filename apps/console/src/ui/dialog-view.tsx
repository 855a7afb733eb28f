"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { classNames } from "./class-names";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** The consequence first. */
  description?: ReactNode;
  wide?: boolean;
  /** A click beside it does not close it: for what is shown this once. */
  sticky?: boolean;
  children: ReactNode;
}

/** A modal dialog: traps and returns the focus, Esc closes. Put the buttons into a `<footer>`. */
export default function DialogView({ open, onClose, title, description, wide, sticky = false, children }: DialogProps) {
  return (
    <Base.Root open={open} disablePointerDismissal={sticky} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="scrim" />
        <Base.Popup className={classNames("dialog", wide && "wide")} aria-modal="true" data-modal="">
          <div>
            <Base.Title>{title}</Base.Title>
            {description && <Base.Description className="t2 mt-1">{description}</Base.Description>}
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
