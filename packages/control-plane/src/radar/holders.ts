import type { FleetTransaction } from "@sallyport/data";
import { type JwksState, jwksState } from "@sallyport/snapshot/protocol";
import { z } from "zod";
import { SILENT_AFTER_MS } from "../nodes/node-state.js";
import { NO_TENANT } from "./sync-uses.js";

/** What a node said last of a provider's keys. */
export interface KeysAtNode {
  readonly node: string;
  readonly state: JwksState["state"];
  readonly kids: readonly string[];
  readonly fetchedAt: Date | null;
  readonly lastError: string | null;
}

export interface UsedBy {
  readonly tenant: string;
  readonly provider: string;
}

/**
 * What the nodes that were heard of lately hold for these providers, by node. A heartbeat tells of a thousand providers at the most, those in
 * trouble first, and of those that the node was asked about.
 */
export async function readHolders(tx: FleetTransaction, uses: readonly UsedBy[], now: number): Promise<KeysAtNode[]> {
  if (uses.length === 0) return [];
  // A tenant that declares a provider of the default one's name has one of its own.
  const rows = await tx.$queryRaw<{ node: string; told: unknown }[]>`
    select n.name as node, jsonb_agg(e) as told
    from node n,
      lateral (
        select jsonb_array_elements(coalesce(n.last_heartbeat->'jwks', '[]')) union all
        select jsonb_array_elements(coalesce(n.asked_jwks, '[]'))
      ) each (e),
      jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) as u (tenant text, provider text)
    where n.status = 'active' and n.last_seen_at > ${new Date(now - SILENT_AFTER_MS)} and e->>'identityProvider' = u.provider
      and (e->>'tenant' = u.tenant or (u.tenant = ${NO_TENANT}
        and not exists (select from radar_use own where own.tenant_slug = e->>'tenant' and own.provider = u.provider)))
    group by n.name order by n.name`;
  return rows.map(({ node, told }) => {
    const states = z.array(jwksState).safeParse(told).data ?? [];
    const [latest] = [...states].sort((a, b) => ((a.fetchedAt ?? "") < (b.fetchedAt ?? "") ? 1 : -1));
    return {
      node,
      state: latest?.state ?? "unused",
      kids: [...new Set(states.flatMap(({ kids }) => kids))],
      fetchedAt: latest?.fetchedAt == null ? null : new Date(latest.fetchedAt),
      lastError: latest?.lastError ?? null,
    };
  });
}

/** Nodes by the `kid`s that they hold. */
export function nodesByKid(holders: readonly KeysAtNode[]): Map<string, string[]> {
  const nodes = new Map<string, string[]>();
  for (const { node, kids } of holders) for (const kid of kids) nodes.set(kid, [...(nodes.get(kid) ?? []), node]);
  return nodes;
}
