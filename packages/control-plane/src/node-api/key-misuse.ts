import { withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Client, ControlPlaneDeps } from "../deps.js";
import { storeEvents } from "../security/ingest-events.js";
import { storableText } from "./storable.js";

/** What was done with a key that is, or was, a node's. */
interface KeyMisuse {
  readonly node: { readonly id: string; readonly name: string };
  /** Of the key that signed. */
  readonly kid: string;
  /** One sentence for people. */
  readonly detail: string;
  readonly client: Client | null;
}

/** Tells security reviewers. Never throws: the call that is told of is refused all the same. */
export type ReportKeyMisuse = (misuse: KeyMisuse) => Promise<void>;

/** Between two events of one key from this replica, ms: whoever calls again and again makes one alert with a count, not a row for each call. */
const SELDOM_MS = 60_000;
const MAX_KEPT = 10_000;

export function createKeyMisuseReports(deps: ControlPlaneDeps): ReportKeyMisuse {
  const told = new Map<string, { readonly at: number; more: number }>();
  return async ({ node, kid, detail, client }) => {
    const now = deps.clock.now();
    const last = told.get(kid);
    if (last !== undefined && now - last.at < SELDOM_MS) {
      last.more += 1;
      return;
    }
    if (told.size >= MAX_KEPT) told.clear();
    told.set(kid, { at: now, more: 0 });
    const event = {
      ...{ id: uuidv7(), kind: "node_key_misused" as const, at: new Date(now).toISOString(), count: 1 + (last?.more ?? 0) },
      ...{ tenant: null, tokenTenant: null, identityProvider: null, route: null, code: null, requestId: client?.requestId ?? null },
      ...{ clientIp: client?.ip ?? null, subject: node.name, issuer: null, method: null, path: null, tokenHash: null },
      userAgent: client?.userAgent === undefined || client.userAgent === null ? null : storableText(client.userAgent).slice(0, 512),
      detail: `${detail} (key ${kid.slice(0, 12)}…)`,
    };
    deps.log.warn({ node: node.name, kid, ip: client?.ip ?? null }, detail);
    await withFleet(deps.data.fleet, (tx) => storeEvents(tx, [event], node, new Date(now))).catch((error: unknown) =>
      deps.log.error({ err: error, node: node.name }, "The misuse of a node's key could not be written down."),
    );
  };
}
