"use client";

import type { Permission } from "@sallyport/control-plane";
import { createContext, type ReactNode, useContext } from "react";

/** Who is signed in, as far as screens need it. What somebody may do is decided by the services; this only hides what would be refused. */
export interface Me {
  readonly personId: string;
  readonly displayName: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly permissions: readonly Permission[];
}

const MeContext = createContext<Me | null>(null);

export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>;
}

/** The person in front of the screen. */
export function useMe(): Me & { can: (permission: Permission) => boolean } {
  const me = useContext(MeContext);
  if (!me) throw new Error("useMe needs a MeProvider above it");
  return { ...me, can: (permission) => me.permissions.includes(permission) };
}
