"use client";

import { Suspense, useState } from "react";
import { Button } from "@/ui/button";
import { Icon } from "@/ui/icon";
import { late } from "@/ui/late";

const NavDrawer = late(() => import("./nav-drawer"));

/** Opens the rail on small screens. */
export function NavButton({ organisation, version }: { organisation: string; version: string }) {
  const [state, setState] = useState<"unused" | "open" | "closed">("unused");
  return (
    <>
      <Button variant="ghost" icon className="menu-btn" aria-label="Menu" aria-haspopup="dialog" onClick={() => setState("open")}>
        <Icon name="menu" />
      </Button>
      {state !== "unused" && (
        <Suspense fallback={null}>
          <NavDrawer organisation={organisation} version={version} open={state === "open"} onClose={() => setState("closed")} />
        </Suspense>
      )}
    </>
  );
}
