import type { AdmittedRequest } from "../admit/admit.js";
import { extractBearer } from "../extract-bearer.js";
import type { Passage } from "../passage.js";
import type { ProofUse } from "../ports.js";
import { digestOf } from "../recall.js";
import { Refusal } from "../refusal.js";
import type { VerifiedCredential } from "../verified-credential.js";
import { type ExpectedProof, type Proof, verifyProof } from "./verify-proof.js";

/**
 * RFC 9449 §7.1: a token that is bound to a key counts with a proof that holds and was not used before (§11.1). The use is noted last,
 * so that whatever is refused for another reason costs nobody a look at the store.
 */
export function provePossession(
  passage: Passage,
  request: AdmittedRequest,
  verified: VerifiedCredential,
  bound: Omit<ExpectedProof, "token">,
): VerifiedCredential | Refusal | Promise<VerifiedCredential | Refusal> {
  const token = extractBearer(request.authorization);
  if (typeof token !== "string") return new Refusal("missing_token", "the Authorization field holds no token");
  const proof = verifyProof(passage, request, { ...bound, token });
  if (proof instanceof Refusal) return proof;
  if (passage.facts.decidedBefore === true) return verified;
  const used = noteUse(passage, bound, proof);
  const judge = (use: ProofUse): VerifiedCredential | Refusal => refuseByUse(passage, verified, use) ?? verified;
  return used instanceof Promise ? used.then(judge) : judge(used);
}

/** Under which a proof is known: whose it is, and its own name. An identity provider's id begins with the tenant. */
function noteUse(passage: Passage, { idp, key }: Omit<ExpectedProof, "token">, { jti, goodUntilMs }: Proof): ProofUse | Promise<ProofUse> {
  const id = digestOf(passage, `${idp.id}\n${key}\n${jti}`);
  const perNode = passage.route?.proofsPerNode === true;
  return passage.ports.proofs.use(idp.tenant, id, { goodUntilMs, perNode });
}

function refuseByUse(passage: Passage, { principal }: VerifiedCredential, use: ProofUse): Refusal | null {
  switch (use.state) {
    case "first":
      return null;
    case "again": {
      const { identityProvider, subject, issuer } = principal;
      passage.report("dpop_replay", `a proof of ${subject} that had been used was sent again`, { identityProvider, subject, issuer });
      return new Refusal("invalid_dpop_proof", "the proof was used before");
    }
    case "unavailable":
      return new Refusal("proof_store_unavailable", use.reason);
    default:
      return use satisfies never;
  }
}
