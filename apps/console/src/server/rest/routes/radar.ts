import { listRadarInput, RADAR_FINDING_CODES, RADAR_STATES, type RadarDetail, type RadarRow } from "@sallyport/control-plane";
import { jwksState } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { fleetRoute, tenantRoute } from "@/server/rest/route";
import { listOf, pageOf, pageQuery } from "@/server/rest/views";

const TAG = "Identity providers";
const inTenant = z.object({ slug: z.string() });
const byName = inTenant.extend({ name: z.string() });
const moment = z.date();

const finding = z
  .object({
    code: z.enum(RADAR_FINDING_CODES),
    /** The key that it is about; null for the provider as a whole. */
    kid: z.string().nullable(),
    severity: z.enum(["high", "medium", "low"]),
    since: z.iso.datetime(),
    /** Of something that happened, until when it is shown; null for what lasts until it is mended. */
    until: z.iso.datetime().nullable(),
    detail: z.string(),
    remedy: z.string(),
  })
  .meta({ id: "RadarFinding" });

const row = z
  .object({
    /** Null for the fleet's default provider. */
    tenant: z.string().nullable(),
    identityProvider: z.string(),
    issuer: z.string(),
    /** What is asked first: the discovery document, or the JWK Set. */
    url: z.string(),
    state: z.enum(RADAR_STATES),
    /** Why the last probe failed; null when it did not. */
    code: z.string().nullable(),
    detail: z.string().nullable(),
    failingSince: moment.nullable(),
    probedAt: moment.nullable(),
    /** The last probe that brought keys. */
    okAt: moment.nullable(),
    nextAt: moment,
    ms: z.number().nullable(),
    /** Signing keys that it publishes. */
    keys: z.number(),
    findings: z.array(finding),
  })
  .meta({ id: "RadarProvider" });

const key = z
  .object({
    kid: z.string().nullable(),
    /** RFC 7638, SHA-256. */
    thumbprint: z.string(),
    kty: z.string(),
    alg: z.string().nullable(),
    crv: z.string().nullable(),
    bits: z.number().nullable(),
    /** Why nodes leave it out; null for one that they use. */
    problem: z.string().nullable(),
    firstSeenAt: moment,
    lastSeenAt: moment,
    /** Null while it is published. */
    vanishedAt: moment.nullable(),
    /** Nodes that hold a key of this name. */
    heldBy: z.number(),
    /** Which; null for somebody who may not see nodes. */
    nodes: z.array(z.string()).nullable(),
  })
  .meta({ id: "RadarKey" });

const detail = row
  .extend({
    facts: z
      .object({
        jwksUri: z.string(),
        endpoints: z.record(z.string(), z.string()),
        algorithms: z.array(z.string()),
        /** When the TLS certificate runs out, ms since the epoch; null over plain http. */
        certificateUntil: z.number().nullable(),
      })
      .nullable(),
    keyRows: z.array(key),
    nodes: z
      .array(
        z.object({
          node: z.string(),
          state: jwksState.shape.state,
          kids: z.array(z.string()),
          fetchedAt: moment.nullable(),
          lastError: z.string().nullable(),
        }),
      )
      .nullable(),
    /** Providers of live configuration that ask the same, this one included. */
    sharedBy: z.number(),
  })
  .meta({ id: "RadarProviderDetail" });

const { state, query: search } = listRadarInput.shape;

const asRow = ({ findings, ...rest }: RadarRow) => ({ ...rest, findings: [...findings] });
const asDetail = ({ keyRows, nodes, ...rest }: RadarDetail) => ({
  ...rest,
  findings: [...rest.findings],
  keyRows: keyRows.map((each) => ({ ...each, nodes: each.nodes === null ? null : [...each.nodes] })),
  nodes: nodes === null ? null : nodes.map((each) => ({ ...each, kids: [...each.kids] })),
});

export const radarRoutes = [
  fleetRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/radar",
      tag: TAG,
      summary: "Identity providers of live configuration as the control plane sees them, the most pressing first",
      query: z.strictObject({ state, query: search, ...pageQuery }),
      response: pageOf(row).extend({ counts: z.record(z.enum(RADAR_STATES), z.number()) }),
    },
    async ({ cp, actor }, { query }) => {
      const { items, ...page } = await cp.radar.list(actor, query);
      return { body: { ...page, items: items.map(asRow) } };
    },
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/tenants/{slug}/radar",
      tag: TAG,
      summary: "A tenant's identity providers as the control plane sees them",
      params: inTenant,
      response: listOf(row),
    },
    async ({ cp, scope }) => ({ body: { items: (await cp.radar.ofTenant(scope)).map(asRow) } }),
  ),
  tenantRoute(
    "tenant.read",
    {
      method: "GET",
      path: "/tenants/{slug}/identity-providers/{name}/radar",
      tag: TAG,
      summary: "One of them, with its keys from when each was first seen, and which node holds which",
      params: byName,
      response: detail,
    },
    async ({ cp, scope }, { params: { name } }) => ({ body: asDetail(await cp.radar.get(scope, { name })) }),
  ),
  tenantRoute(
    "idp.write",
    {
      method: "POST",
      path: "/tenants/{slug}/identity-providers/{name}/probe",
      tag: TAG,
      summary: "Asks the provider now, at most every few seconds, and says what was found",
      params: byName,
      response: detail,
    },
    async ({ cp, scope }, { params: { name } }) => ({ body: asDetail(await cp.radar.probe(scope, { name })) }),
  ),
];
