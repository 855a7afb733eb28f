import { createMint, defaults, type HostileCase, jwksOf, NOW, type Sent, STORED_SESSIONS, sectionsOf } from "@sallyport/pipeline-node/testing";
import { fleetSection, type Section, tenantSection } from "@sallyport/snapshot";
import { type EchoUpstream, listen, type PostgresServer, type RunningServer, startEchoUpstream, startPostgresServer } from "@sallyport/testkit";
import { digestOfId } from "../sessions/opaque-id.js";
import { TestControlPlane } from "./control-plane.js";
import { eventually, freshFolder, type RunningGateway, ready, removeFolder, startGateway } from "./gateway.js";
import { openStore } from "./open-store.js";

/**
 * A key that verifies no token of the tables. The JWKS cache keeps its old keys when a set has not one usable key; what these cases are about
 * is a bad key among good ones, and with it every set has a good one.
 */
const spare = createMint("ES384", "spare");

/** A running node that lives at the moment of the tables, and takes whatever configuration and keys a case is about. */
export interface HostileNode {
  readonly plane: TestControlPlane;
  readonly node: RunningGateway;
  readonly upstream: EchoUpstream;
  /** Publishes what the case needs, unless it runs. */
  run(hostile: Pick<HostileCase, "compiled" | "keys">): Promise<void>;
  close(): Promise<void>;
}

export async function startHostileNode(): Promise<HostileNode> {
  const now = (): number => NOW;
  const sets = new Map<string, string>();
  const answerKeys: Parameters<typeof listen>[0] = (request, response) => {
    const set = sets.get(request.url ?? "");
    response.writeHead(set === undefined ? 404 : 200, { "content-type": "application/json" }).end(set);
  };
  const [plane, upstream, keyServer, state, dataDir] = await Promise.all([
    TestControlPlane.start(now),
    startEchoUpstream(),
    listen(answerKeys),
    startStateStore(),
    freshFolder(),
  ]);
  const worlds = createWorlds(sets, keyServer, upstream.url);
  let running = "";
  const run: HostileNode["run"] = async (hostile) => {
    const { name, sections } = worlds(hostile);
    if (name === running) return;
    const { revision } = await plane.publish(sections);
    await eventually(`revision ${revision} is applied`, () =>
      plane.reports.some((report) => report.outcome === "ack" && report.revision === revision),
    );
    running = name;
  };
  await plane.publish(worlds({}).sections);
  const node = await startGateway(plane, { dataDir, now, stateUrl: state.url() });
  await ready(node);
  await run({});
  return {
    ...{ plane, node, upstream, run },
    async close() {
      await node.close();
      await Promise.all([plane.down(), upstream.close(), keyServer.close(), state.close()]);
      await removeFolder(dataDir);
    },
  };
}

/** A real store, with the sessions that the cases are about. */
async function startStateStore(): Promise<PostgresServer> {
  const server = await startPostgresServer();
  const store = await openStore(server.url());
  for (const { id, tenant, claims, scopes, state, ...session } of STORED_SESSIONS) {
    const { identityProvider, issuer, subject } = session;
    const kept = { identityProvider, issuer, subject, idpSession: null, data: JSON.stringify({ claims, scopes }) };
    await store.sessions.create(tenant, digestOfId(id), kept, { idleMs: state === "expired" ? 1 : 600_000, absoluteMs: 600_000 });
  }
  await store.close();
  return server;
}

/** Sections of a case's snapshot, with identity providers and upstreams that really listen. Equal snapshots and keys have one name. */
function createWorlds(sets: Map<string, string>, keyServer: RunningServer, upstreamUrl: string) {
  const numbers = new Map<unknown, number>();
  const numberOf = (of: unknown): number => {
    const known = numbers.get(of) ?? numbers.size;
    numbers.set(of, known);
    return known;
  };
  return ({ compiled = defaults.compiled, keys = defaults.keys }: Pick<HostileCase, "compiled" | "keys">): { name: string; sections: Section[] } => {
    const source = sectionsOf(compiled);
    if (source === undefined) throw new Error("the case's snapshot was not made by the fixture");
    const name = `${numberOf(compiled)}-${numberOf(keys)}`;
    for (const [id, jwks] of Object.entries(jwksOf(keys) ?? {})) {
      sets.set(`/${name}/${id}`, JSON.stringify({ keys: [...jwks, spare.jwk] }));
    }
    const tenants = source.tenants.map((tenant) =>
      tenantSection.parse({
        ...tenant,
        identityProviders: mapped(tenant.identityProviders, (idp, at) => ({
          ...idp,
          keys: { kind: "jwks", url: `${keyServer.url}/${name}/${tenant.slug}/${at}` },
        })),
        upstreams: mapped(tenant.upstreams, (spec) => ({ ...spec, url: upstreamUrl })),
      }),
    );
    // Hundreds of cases come from one address, and most must fail: it is not locked out.
    const settings = { ...source.fleet.settings, idpAllowedRanges: ["127.0.0.0/8"], lockout: { action: "off" } };
    const fleet = fleetSection.parse({ ...source.fleet, settings });
    return { name, sections: [fleet, ...tenants, ...source.apiKeys] };
  };
}

const mapped = <V, W>(record: Readonly<Record<string, V>>, change: (value: V, name: string) => W): Record<string, W> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

/** The case as bytes: its fields in their order and spelling, and a body where they announce one. */
export function bytesOf(hostile: HostileCase): string {
  const { method = "GET", target = "/orders", host = "acme.api.example.com", authorization = null, headers = [] } = hostile;
  const fields: (readonly [string, string])[] = [];
  if (host !== null) fields.push(["Host", host]);
  if (authorization !== null) fields.push(["Authorization", authorization]);
  fields.push(...headers);
  const value = (name: string): string | undefined => headers.find(([field]) => field.toLowerCase() === name)?.[1];
  if (value("upgrade") !== undefined) fields.push(["Sec-WebSocket-Version", "13"], ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="]);
  const body = value("transfer-encoding") !== undefined ? "0\r\n\r\n" : value("content-length") !== undefined ? "hello" : "";
  return `${method} ${target} HTTP/1.1\r\n${fields.map(([name, text]) => `${name}: ${text}\r\n`).join("")}\r\n${body}`;
}

/** What the echo upstream got, from its answer. @param body as it stood on the wire */
export function sentOf(body: string): Sent {
  const { url, headers } = JSON.parse(body) as { url: string; headers: string[] };
  return { upstreamTarget: url, upstreamHeaders: headers };
}
