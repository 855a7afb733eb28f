import type { Tone } from "@/ui/status";

interface Named {
  readonly kind: "token" | "subject" | "suspension";
  readonly tenant: string;
  readonly jti: string | null;
  readonly digest: string | null;
  readonly subject: string | null;
}

/** Of a hash, enough to tell it from its neighbours. */
const DIGEST_CHARACTERS = 12;

/** What is refused: the word for its kind, and its own name. */
export function revokedThing({ kind, tenant, jti, digest, subject }: Named): { readonly kind: string; readonly name: string } {
  if (kind === "suspension") return { kind: "Tenant", name: tenant };
  if (kind === "subject") return { kind: "Subject", name: subject ?? "" };
  return { kind: "Token", name: jti ?? `sha256 ${digest?.slice(0, DIGEST_CHARACTERS)}…` };
}

interface Reached {
  readonly state: "in_force" | "unpublished" | "expired" | "lifted" | "superseded";
  readonly reach: { readonly inEffect: number; readonly nodes: number; readonly unreachable: number };
}

/** Where it stands at the nodes, in few words. What has ended is no warning, wherever it had come to. */
export function reachWords({ state, reach }: Reached): { readonly tone: Tone; readonly words: string } {
  const { inEffect, nodes, unreachable } = reach;
  switch (state) {
    case "unpublished":
      return { tone: "unk", words: "With the first publish" };
    case "expired":
      return { tone: "unk", words: "Expired" };
    case "lifted":
      return { tone: "unk", words: "Lifted" };
    case "superseded":
      return { tone: "unk", words: "In a revision" };
    case "in_force": {
      if (nodes === 0) return { tone: "unk", words: "No node yet" };
      if (inEffect === nodes) return { tone: "ok", words: nodes === 1 ? "At the node" : `At all ${nodes} nodes` };
      if (unreachable > 0) return { tone: "fail", words: `${inEffect} of ${nodes}, ${unreachable} unreachable` };
      return { tone: "pend", words: `At ${inEffect} of ${nodes} nodes` };
    }
    default:
      return state satisfies never;
  }
}
