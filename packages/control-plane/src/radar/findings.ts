import type { SecurityEventKind, Severity } from "@sallyport/snapshot/protocol";
import { z } from "zod";

/** What the radar finds at a provider: how serious it is, which alert it opens, and what to do. The table is the list of codes. */
export const RADAR_FINDINGS = {
  unreachable: {
    severity: "medium",
    alert: "idp_unreachable",
    remedy: "Restore the provider's endpoints. Nodes go on with the keys that they hold until the stale cap; then its tokens are refused.",
  },
  issuer_changed: {
    severity: "high",
    alert: "idp_metadata_changed",
    remedy: "Ask the provider's owner whether it moved. Register the new issuer, or have the document corrected: nodes do not believe it.",
  },
  jwks_uri_changed: {
    severity: "high",
    alert: "idp_metadata_changed",
    remedy: "Ask the provider's owner whether the keys moved. If nobody there knows of it, disable the provider and purge its keys.",
  },
  endpoints_changed: {
    severity: "high",
    alert: "idp_metadata_changed",
    remedy: "Ask the provider's owner whether the endpoints moved: logins and questions about tokens go there from now on.",
  },
  key_replaced: {
    severity: "high",
    alert: "idp_key_replaced",
    remedy: "Ask the provider's owner: a new key needs a new kid. If the old one was stolen, purge the provider's keys.",
  },
  key_withdrawn: {
    severity: "medium",
    alert: "idp_key_withdrawn",
    remedy: "Nothing, if the provider meant it. Otherwise have it publish the key again until the tokens that it signed have run out.",
  },
  weak_key: {
    severity: "medium",
    alert: "idp_weak_key",
    remedy: "Tell the provider's owner which key it is. Nodes leave it out; tokens that it signs are refused.",
  },
  algorithms_changed: {
    severity: "medium",
    alert: "idp_algorithms_changed",
    remedy: "Compare with the algorithms that the identity provider allows here, and try a real token before the old keys go.",
  },
  certificate_expiring: {
    severity: "medium",
    alert: "idp_certificate_expiring",
    remedy: "Have the provider renew its certificate: once it has run out, nodes can fetch no keys.",
  },
  new_key: {
    severity: "low",
    alert: "idp_new_key",
    remedy: "Nothing, if the provider is rotating. If nobody there made a key, treat its signing service as taken over.",
  },
} as const satisfies Record<string, { severity: Severity; alert: SecurityEventKind; remedy: string }>;
export type RadarFindingCode = keyof typeof RADAR_FINDINGS;
export const RADAR_FINDING_CODES = Object.keys(RADAR_FINDINGS) as [RadarFindingCode, ...RadarFindingCode[]];

/** One finding, as it is stored with its target. */
const radarFinding = z.object({
  code: z.enum(RADAR_FINDING_CODES),
  /** The key that it is about; null for the provider as a whole. */
  kid: z.string().nullable(),
  severity: z.enum(["high", "medium", "low"]),
  since: z.iso.datetime(),
  /** Of something that happened, until when it is shown; null for what lasts until it is mended. */
  until: z.iso.datetime().nullable(),
  detail: z.string(),
  remedy: z.string(),
  /** The fingerprint of the alert that tells of it; null where none does. */
  alert: z.string().nullable(),
});
export type RadarFinding = z.output<typeof radarFinding>;

/** Facts of the last good probe, as they are stored; what an older build wrote otherwise counts as not known. */
const radarFacts = z.object({
  jwksUri: z.string(),
  endpoints: z.record(z.string(), z.string()),
  algorithms: z.array(z.string()),
  certificateUntil: z.number().nullable(),
});
export type RadarFacts = z.output<typeof radarFacts>;

export const storedFindings = (value: unknown): RadarFinding[] => z.array(radarFinding).safeParse(value).data ?? [];
export const storedFacts = (value: unknown): RadarFacts | null => radarFacts.safeParse(value).data ?? null;
