import { type DataClients, type FleetTransaction, withFleet } from "@sallyport/data";
import { createIdpHttp } from "@sallyport/idp-client";
import { type ConfigDocument, fleetSpec } from "@sallyport/snapshot";
import type { z } from "zod";
import type { Actor } from "../access/actor.js";
import { requireFleetGrant } from "../access/require.js";
import { openTenantScope } from "../access/scope.js";
import { recordAudit } from "../audit/record-audit.js";
import type { Clock } from "../deps.js";
import { type FieldIssue, ServiceError } from "../errors.js";
import { authorityIssues } from "../fleet/authority-issues.js";
import { addressIssues } from "../identity-providers/address-issues.js";
import { readSources, writeSources } from "../objects/document-sources.js";
import { type Draft, readDraft } from "../objects/read-draft.js";
import { lockFleet, lockTenants } from "../objects/tenant-lock.js";
import type { Reissue } from "../publish/reissue.js";
import type { RevisionLane } from "../publish/revision-lane.js";
import type { SecretBox } from "../secrets/sealed.js";
import { invalid, parse } from "../validation.js";
import { authoriseChanges } from "./authorise-changes.js";
import { contestedDomains, danglingIn, touchedTenants } from "./check-result.js";
import { applyConfigInput, dumpConfigInput, planConfigInput } from "./config.schemas.js";
import { documentKey, documentsOf, sectionTenantOf } from "./documents.js";
import { setSentence, withNewValues, writeNewValues } from "./new-values.js";
import { parseDocuments, type Wanted } from "./parse-documents.js";
import { type Change, type PlannedChange, planChanges, resultOf } from "./plan-changes.js";
import { auditEntries, writeChanges } from "./write-changes.js";

/** Declared configuration as documents: what can be clicked can be filed, and the other way round (CONSOLE §5). */
export interface Config {
  /** What is declared, sorted. `dump | apply` changes nothing. */
  dump(actor: Actor, input: z.input<typeof dumpConfigInput>): Promise<ConfigDocument[]>;
  /** The same, with what the authors wrote of each; null where nothing is kept of it. */
  dumpWithSources(actor: Actor, input: z.input<typeof dumpConfigInput>): Promise<Dump>;
  /** @throws ServiceError `invalid` with issues on `documents.<index>.…`, as `apply` would */
  plan(actor: Actor, input: z.input<typeof planConfigInput>): Promise<PlannedChange[]>;
  /** All or nothing, into the draft. With `dryRun` nothing is written. */
  apply(actor: Actor, input: z.input<typeof applyConfigInput>): Promise<{ changes: PlannedChange[] }>;
}

/** 10,000 tenants in one apply take their time; ms. */
const TRANSACTION_MS = 120_000;

function requireReadable({ unreadable }: Draft): void {
  const [first] = unreadable.keys();
  if (first !== undefined)
    throw new ServiceError("precondition", `What is stored of ${first} does not fit this version of Sallyport. Save it anew in the console first.`);
}

const documentPath = (document: ConfigDocument, wanted: ReadonlyMap<string, Wanted>): string =>
  `documents.${wanted.get(documentKey(document))?.index ?? 0}`;

const toPlanned = ({ before: _, after: __, given: ___, newValue: ____, ...planned }: Change): PlannedChange => planned;

interface Dump {
  readonly documents: ConfigDocument[];
  readonly sources: (string | null)[];
}

/** What came with documents that are then declared, and nothing of those that are gone. */
function keptSources(changes: readonly Change[], wanted: ReadonlyMap<string, Wanted>, sources: readonly (string | null)[] | undefined) {
  return changes.flatMap(({ kind, name, tenant = null, change, after }) => {
    const key = { tenant, kind, name };
    if (change === "delete" || after === null) return [{ ...key, source: null }];
    const given = wanted.get(documentKey(after));
    return sources === undefined || given === undefined ? [] : [{ ...key, source: sources[given.index] ?? null }];
  });
}

export interface ConfigParts {
  readonly box: SecretBox;
  readonly lane: RevisionLane;
  readonly reissue: Reissue;
}

export function createConfig({ data, clock }: { readonly data: DataClients; readonly clock: Clock }, parts: ConfigParts): Config {
  interface Prepared {
    readonly changes: Change[];
    readonly draft: Draft;
    readonly tenantIds: Map<string, string>;
  }

  /** Addresses of the IdPs that come or change, judged by the ranges that would then hold; and the authorities beside those. */
  async function addressIssuesOf(
    changes: readonly Change[],
    result: readonly ConfigDocument[],
    wanted: ReadonlyMap<string, Wanted>,
  ): Promise<FieldIssue[]> {
    const settings = result.find(({ kind }) => kind === "Fleet");
    const { idpAllowedRanges } = settings?.kind === "Fleet" ? settings.spec : fleetSpec.parse({});
    const http = createIdpHttp({ allowedRanges: () => idpAllowedRanges });
    const pending = changes.flatMap(({ change, after }) => (change !== "unchanged" && after?.kind === "IdentityProvider" ? [after] : []));
    const issues: FieldIssue[] = settings?.kind === "Fleet" ? authorityIssues(settings.spec, `${documentPath(settings, wanted)}.spec`) : [];
    const lane = async (): Promise<void> => {
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const at = documentPath(next, wanted);
        for (const { path, message } of await addressIssues(http, next.spec)) issues.push({ path: `${at}.${path}`, message });
      }
    };
    try {
      await Promise.all(Array.from({ length: 16 }, lane));
    } finally {
      await http.close();
    }
    return issues;
  }

  async function prepare(tx: FleetTransaction, actor: Actor, wanted: ReadonlyMap<string, Wanted>, prune: boolean): Promise<Prepared> {
    const documents = [...wanted.values()].map(({ document }) => document);
    const wholeFleet = prune && wanted.has("/Fleet/default");
    const draft = await readDraft(tx, wholeFleet ? {} : { tenants: touchedTenants(documents) });
    requireReadable(draft);
    const rows = await tx.tenant.findMany({ where: { slug: { in: [...draft.tenants.keys()] } }, select: { id: true, slug: true } });
    const tenantIds = new Map(rows.map(({ id, slug }) => [slug, id]));
    const current = documentsOf(draft);
    const changes = planChanges(current, wanted, { prune });
    authoriseChanges(actor, changes, tenantIds);
    const result = resultOf(current, changes);
    // Groups may name tenants that the plan does not touch.
    const others = await otherTenants(tx, result, wholeFleet);
    const issues = danglingIn([...result, ...others], wanted);
    issues.push(...(await contestedDomains(tx, changes, wanted)), ...(await addressIssuesOf(changes, result, wanted)));
    if (issues.length > 0) throw invalid(issues);
    return { changes: await withNewValues(tx, parts.box, { changes, result, tenantIds }), draft, tenantIds };
  }

  async function otherTenants(tx: FleetTransaction, result: readonly ConfigDocument[], complete: boolean): Promise<ConfigDocument[]> {
    if (complete) return [];
    const named = new Set(
      result.flatMap((document) => (document.kind === "NodeGroup" && document.spec.tenants !== "all" ? document.spec.tenants : [])),
    );
    for (const document of result) if (document.kind === "Tenant") named.delete(document.metadata.name);
    if (named.size === 0) return [];
    return documentsOf(await readDraft(tx, { tenants: [...named] })).filter(({ kind }) => kind === "Tenant");
  }

  async function dumped(actor: Actor, raw: z.input<typeof dumpConfigInput>): Promise<Dump> {
    const { tenant } = parse(dumpConfigInput, raw);
    return await withFleet(
      data.fleet,
      async (tx) => {
        if (tenant === undefined) for (const permission of ["fleet.read", "node.read", "tenant.read"] as const) requireFleetGrant(actor, permission);
        else
          await openTenantScope(actor, tenant, "tenant.read", (slug) => tx.tenant.findUnique({ where: { slug }, select: { id: true, slug: true } }));
        const draft = await readDraft(tx, tenant === undefined ? {} : { tenants: [tenant] });
        requireReadable(draft);
        const all = documentsOf(draft);
        const documents = tenant === undefined ? all : all.filter((document) => sectionTenantOf(document) === tenant);
        return { documents, sources: await readSources(tx, documents, tenant ?? null) };
      },
      { timeoutMs: TRANSACTION_MS },
    );
  }

  return {
    dump: async (actor, raw) => (await dumped(actor, raw)).documents,
    dumpWithSources: dumped,

    async plan(actor, raw) {
      const { documents, prune } = parse(planConfigInput, raw);
      const wanted = parseDocuments(documents);
      const { changes } = await withFleet(data.fleet, (tx) => prepare(tx, actor, wanted, prune), { timeoutMs: TRANSACTION_MS });
      return changes.map(toPlanned);
    },

    async apply(actor, raw) {
      const { documents, sources, prune, dryRun } = parse(applyConfigInput, raw);
      if (sources !== undefined && sources.length !== documents.length)
        throw invalid([{ path: "sources", message: "has not as many members as documents; give one for each, or null" }]);
      const wanted = parseDocuments(documents);
      const write = async (tx: FleetTransaction): Promise<Change[]> => {
        await lockFleet(tx);
        const slugs = touchedTenants([...wanted.values()].map(({ document }) => document));
        await lockTenants(tx, slugs);
        const { changes, draft, tenantIds } = await prepare(tx, actor, wanted, prune);
        const at = new Date(clock.now());
        const { lastEdit } = draft;
        await writeChanges({ tx, tenantIds, lastEdit, stamp: { updatedBy: actor.name, at } }, changes);
        await recordAudit(tx, actor, auditEntries(changes), at);
        await writeSources(tx, keptSources(changes, wanted, sources), at);
        const set = await writeNewValues(tx, parts.box, actor, { changes, tenantIds, at });
        if (set.length > 0) await parts.reissue(tx, actor, setSentence(set));
        return changes;
      };
      const inTransaction = <T>(work: (tx: FleetTransaction) => Promise<T>): Promise<T> => withFleet(data.fleet, work, { timeoutMs: TRANSACTION_MS });
      // Values go to the nodes with a revision of their own, whose lock comes before all others.
      const sendsValues = [...wanted.values()].some(({ value }) => value !== null);
      const changes = dryRun
        ? (await inTransaction((tx) => prepare(tx, actor, wanted, prune))).changes
        : await (sendsValues ? parts.lane(write) : inTransaction(write));
      return { changes: changes.map(toPlanned) };
    },
  };
}
