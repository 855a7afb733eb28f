import type { PortalIntent } from "@sallyport/control-plane";
import type { InvitationRow } from "@/lib/rows";
import type { Tone } from "@/ui/status";

const STATES = {
  open: { tone: "pend", word: "Not used yet" },
  in_use: { tone: "ok", word: "In the portal" },
  ended: { tone: "unk", word: "Ended" },
  expired: { tone: "unk", word: "Expired" },
  revoked: { tone: "fail", word: "Revoked" },
} as const satisfies Record<InvitationRow["state"], { tone: Tone; word: string }>;

/** How an invitation stands, in a word, with the shape and colour that go with it. */
export const invitationState = ({ state }: Pick<InvitationRow, "state">): { tone: Tone; word: string } => STATES[state];

/** Whether there is something to end. */
export const isInvitationLive = ({ state }: Pick<InvitationRow, "state">): boolean => state === "open" || state === "in_use";

/** What an invitation can be for. The permission table itself stays in the services. */
export const INTENT_WORDS = {
  identity_provider: { name: "Set up sign-in", summary: "Registers and changes the tenant’s identity providers" },
  test: { name: "Test", summary: "Tries tokens against what the tenant has" },
} as const satisfies Record<PortalIntent, { name: string; summary: string }>;

export const INTENTS = ["identity_provider", "test"] as const satisfies readonly PortalIntent[];
