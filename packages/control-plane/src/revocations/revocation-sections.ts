import type { FleetTransaction } from "@sallyport/data";
import { type Manifest, type RevocationsSection, tenantSectionName } from "@sallyport/snapshot";
import { suspendedSections } from "../publish/suspended-sections.js";

/** What ends in a part of a second holds to the end of it. */
const seconds = (at: Date): number => Math.ceil(at.getTime() / 1_000);
type Draft = { suspended: boolean; tokens: RevocationsSection["tokens"]; subjects: RevocationsSection["subjects"] };

/**
 * What is revoked of the tenants that these declared sections name, a section for each of which something is. What has expired is left
 * out: it vanishes with the next revision, whatever that is made for. A suspension is left out where the declared section has it.
 * @param now ms since the epoch
 */
export async function revocationSectionsOf(tx: FleetTransaction, declared: Manifest, now: number): Promise<RevocationsSection[]> {
  const rows = await tx.revocation.findMany({
    where: { endedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now) } }] },
    orderBy: { id: "asc" },
  });
  const bySlug = new Map<string, Draft>();
  const suspended: string[] = [];
  for (const { tenantSlug: slug, issuer, jti, digest, subject, issuedBefore, expiresAt } of rows) {
    if (declared[tenantSectionName(slug)] === undefined) continue;
    const draft = bySlug.get(slug) ?? { suspended: false, tokens: [], subjects: [] };
    bySlug.set(slug, draft);
    if (expiresAt === null) suspended.push(slug);
    else if (subject !== null && issuedBefore !== null)
      draft.subjects.push({ subject, issuedBefore: seconds(issuedBefore), expiresAt: seconds(expiresAt) });
    else if (digest !== null) draft.tokens.push({ by: "digest", digest, expiresAt: seconds(expiresAt) });
    else if (issuer !== null && jti !== null) draft.tokens.push({ by: "jti", issuer, jti, expiresAt: seconds(expiresAt) });
  }
  const contained = await suspendedSections(
    tx,
    suspended.flatMap((slug) => declared[tenantSectionName(slug)] ?? []),
  );
  for (const slug of suspended) {
    const draft = bySlug.get(slug);
    if (draft !== undefined) draft.suspended = !contained.has(declared[tenantSectionName(slug)] ?? "");
  }
  return [...bySlug]
    .filter(([, { suspended: is, tokens, subjects }]) => is || tokens.length + subjects.length > 0)
    .map(([tenant, draft]) => ({ kind: "revocations", tenant, ...draft }));
}
