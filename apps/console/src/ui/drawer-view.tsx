"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { Icon } from "./icon";

export interface DrawerProps {
  open: boolean;
  onClose: () => void;
  label: string;
  /** Beside the close button: badges, previous and next. */
  bar: ReactNode;
  title: ReactNode;
  summary?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}

/** A panel beside the list it belongs to; the list stays usable. On small screens it comes from below. Esc closes. */
export default function DrawerView({ open, onClose, label, bar, title, summary, footer, children }: DrawerProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()} modal={false} disablePointerDismissal>
      <Base.Portal>
        <Base.Popup className="drawer" aria-label={label} initialFocus={false}>
          <i className="grip" />
          <header>
            <div className="row">
              {bar}
              <Base.Close className="btn gho ico" aria-label="Close">
                <Icon name="close" />
              </Base.Close>
            </div>
            <Base.Title className="drawer-title">{title}</Base.Title>
            {summary && <p className="t2">{summary}</p>}
          </header>
          {/* A scrolled panel must be reachable by keyboard also when nothing in it can be pressed. */}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
          <div className="body" tabIndex={0}>
            {children}
          </div>
          {footer && <footer>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
