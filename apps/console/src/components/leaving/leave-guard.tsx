"use client";

import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useId, useMemo, useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useLeaveListeners } from "./use-leave-listeners";

interface LeaveGuard {
  /** Says whether a form, by its id, holds something that is not saved. */
  readonly note: (form: string, edited: boolean) => void;
  /** Goes at once when nothing is unsaved; otherwise asks first. */
  readonly leave: (go: () => void) => void;
}

const Guard = createContext<LeaveGuard | null>(null);

function useGuard(): LeaveGuard {
  const guard = useContext(Guard);
  if (!guard) throw new Error("forms need a LeaveGuard above them");
  return guard;
}

/** Leaves the page by code: a menu's choice, signing out. */
export const useLeavePage = (): LeaveGuard["leave"] => useGuard().leave;

/** Keeps the page from being left unasked while `edited`. */
export function useUnsavedEdits(edited: boolean): void {
  const id = useId();
  const { note } = useGuard();
  useEffect(() => {
    note(id, edited);
    return () => note(id, false);
  }, [id, edited, note]);
}

/**
 * Asks before unsaved edits are left behind: links, Back and Forward, and what leaves by code get a dialog of ours; closing the tab
 * and reloading get the browser's.
 */
export function LeaveGuardProvider({ children }: { children: ReactNode }) {
  const router = useRouter();
  const [edited, setEdited] = useState<ReadonlySet<string>>(new Set());
  const [go, setGo] = useState<(() => void) | null>(null);
  const active = edited.size > 0;

  const ask = useCallback((then: () => void) => setGo(() => then), []);
  const note = useCallback((form: string, on: boolean) => {
    setEdited((known) => (known.has(form) === on ? known : new Set(on ? [...known, form] : [...known].filter((other) => other !== form))));
  }, []);
  const push = useCallback((href: string) => router.push(href), [router]);
  const { release } = useLeaveListeners(active, { ask, push });
  const guard = useMemo(() => ({ note, leave: (then: () => void) => (active ? ask(then) : then()) }), [note, ask, active]);

  const stay = () => setGo(null);
  return (
    <Guard value={guard}>
      {children}
      <Dialog
        open={go !== null}
        onClose={stay}
        title="Your edits are not saved"
        description="Leaving this page discards what you typed. Nothing of it is in the draft."
      >
        <footer>
          <Button
            variant="danger"
            onClick={() => {
              release();
              stay();
              go?.();
            }}
          >
            Discard and leave
          </Button>
          <Button variant="primary" onClick={stay}>
            Keep editing
          </Button>
        </footer>
      </Dialog>
    </Guard>
  );
}
