import type { Tone } from "@/ui/status";
import { duration } from "./format";
import type { RevocationRow } from "./rows";

type Named = Pick<RevocationRow, "kind" | "tenant" | "jti" | "digest" | "subject" | "name" | "hint" | "sessions">;

/** Of a hash, enough to tell it from its neighbours. */
const DIGEST_CHARACTERS = 12;

/** What each kind is called, before the name of the thing itself. */
const REVOCATION_KIND_WORDS = {
  token: "Token",
  subject: "Subject",
  suspension: "Tenant",
  api_key: "API key",
  session: "Sessions of",
  idp_keys: "Keys of",
  node: "Node",
} as const satisfies Record<RevocationRow["kind"], string>;

/** What was taken back: the word for its kind, and its own name. */
export function revokedThing(of: Named): { readonly kind: string; readonly name: string } {
  return { kind: REVOCATION_KIND_WORDS[of.kind], name: nameOf(of) };
}

function nameOf({ kind, tenant, jti, digest, subject, name, hint }: Named): string {
  switch (kind) {
    case "token":
      return jti ?? `sha256 ${digest?.slice(0, DIGEST_CHARACTERS)}…`;
    case "subject":
      return subject ?? "";
    case "session":
      return subject ?? "everybody";
    case "suspension":
      return tenant ?? "";
    case "api_key":
      return hint === null ? (name ?? "") : `${name} …${hint}`;
    case "idp_keys":
    case "node":
      return name ?? "";
    default:
      return kind satisfies never;
  }
}

type Reached = Pick<RevocationRow, "kind" | "state" | "reach" | "sessions">;
interface Standing {
  readonly tone: Tone;
  readonly words: string;
}

/** Where it stands at the nodes, in few words. What has ended is no warning, wherever it had come to. */
export function reachWords({ kind, state, reach, sessions }: Reached): Standing {
  switch (state) {
    case "unpublished":
      return { tone: "unk", words: "With the first publish" };
    case "expired":
      return { tone: "unk", words: "Expired" };
    case "lifted":
      return { tone: "unk", words: "Lifted" };
    case "superseded":
      return { tone: "unk", words: "In a revision" };
    case "in_force":
    case "final":
      if (reach !== null) return atNodes(reach);
      if (kind === "session") return sessions === null ? { tone: "att", words: "Store did not say" } : { tone: "ok", words: "At once" };
      return kind === "node" ? { tone: "ok", words: "At once" } : { tone: "unk", words: "No node had it" };
    default:
      return state satisfies never;
  }
}

function atNodes({ inEffect, nodes, unreachable }: NonNullable<Reached["reach"]>): Standing {
  if (nodes === 0) return { tone: "unk", words: "No node yet" };
  if (inEffect === nodes) return { tone: "ok", words: nodes === 1 ? "At the node" : `At all ${nodes} nodes` };
  if (unreachable > 0) return { tone: "fail", words: `${inEffect} of ${nodes}, ${unreachable} unreachable` };
  return { tone: "pend", words: `At ${inEffect} of ${nodes} nodes` };
}

/** From the revocation to the first and the last node's word so far; null where no node that was there has said so. */
export function tookWords(reach: Reached["reach"]): string | null {
  if (reach === null || reach.firstMs === null || reach.lastMs === null) return null;
  const [first, last] = [duration(reach.firstMs), duration(reach.lastMs)];
  return first === last ? last : `${first} – ${last}`;
}
