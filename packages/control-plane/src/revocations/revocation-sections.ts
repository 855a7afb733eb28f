import type { FleetTransaction } from "@sallyport/data";
import { MAX_REVOCATIONS, type Manifest, type RevocationsSection, tenantSectionName } from "@sallyport/snapshot";
import { suspendedSections } from "../publish/suspended-sections.js";
import { openRevocations } from "./open-revocations.js";
import { REVOKED_FOR_DAYS } from "./revocations.schemas.js";

/** What ends in a part of a second holds to the end of it. */
const seconds = (at: Date): number => Math.ceil(at.getTime() / 1_000);
type ApiKeys = NonNullable<RevocationsSection["apiKeys"]>;
type Draft = { suspended: boolean; tokens: RevocationsSection["tokens"]; subjects: RevocationsSection["subjects"]; apiKeys: ApiKeys };
/** How long nodes tell of a revoked API key that is presented. */
const KEYS_TOLD_MS = REVOKED_FOR_DAYS * 86_400_000;

/**
 * What is revoked of the tenants that these declared sections name, a section for each of which something is. What has expired is left
 * out: it vanishes with the next revision, whatever that is made for. A suspension is left out where the declared section has it.
 * @param now ms since the epoch
 */
export async function revocationSectionsOf(tx: FleetTransaction, declared: Manifest, now: number): Promise<RevocationsSection[]> {
  const rows = await openRevocations(tx, new Date(now));
  const bySlug = new Map<string, Draft>();
  const draftOf = (slug: string): Draft => {
    const draft = bySlug.get(slug) ?? { suspended: false, tokens: [], subjects: [], apiKeys: [] };
    bySlug.set(slug, draft);
    return draft;
  };
  const suspended: string[] = [];
  for (const { kind, tenantSlug: slug, issuer, jti, digest, subject, issuedBefore, expiresAt } of rows) {
    if (declared[tenantSectionName(slug)] === undefined) continue;
    const draft = draftOf(slug);
    if (kind === "suspension") suspended.push(slug);
    else if (expiresAt === null) continue;
    else if (subject !== null && issuedBefore !== null)
      draft.subjects.push({ subject, issuedBefore: seconds(issuedBefore), expiresAt: seconds(expiresAt) });
    else if (digest !== null) draft.tokens.push({ by: "digest", digest, expiresAt: seconds(expiresAt) });
    else if (issuer !== null && jti !== null) draft.tokens.push({ by: "jti", issuer, jti, expiresAt: seconds(expiresAt) });
  }
  for (const { tenantSlug: slug, name, digest, createdAt } of await revokedApiKeys(tx, now)) {
    if (slug === null || name === null || digest === null || declared[tenantSectionName(slug)] === undefined) continue;
    const { apiKeys } = draftOf(slug);
    if (apiKeys.length < MAX_REVOCATIONS) apiKeys.push({ name, digest, expiresAt: seconds(new Date(createdAt.getTime() + KEYS_TOLD_MS)) });
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
    .filter(([, { suspended: is, tokens, subjects, apiKeys }]) => is || tokens.length + subjects.length + apiKeys.length > 0)
    .map(([tenant, { apiKeys, ...draft }]) => ({ kind: "revocations", tenant, ...draft, ...(apiKeys.length > 0 ? { apiKeys } : {}) }));
}

/** The newest first: where a tenant has revoked more than fit, those are the ones that somebody may still hold. */
const revokedApiKeys = (tx: FleetTransaction, now: number) =>
  tx.revocation.findMany({
    where: { kind: "api_key", digest: { not: null }, createdAt: { gt: new Date(now - KEYS_TOLD_MS) } },
    orderBy: { id: "desc" },
    select: { tenantSlug: true, name: true, digest: true, createdAt: true },
  });
