import { createDocumentStore, createIdpHttp, createIntrospector, createKeySource, createLoginClient, type SecretOf } from "@sallyport/idp-client";
import type { SecurityFinding } from "@sallyport/pipeline";
import { importKeySet } from "@sallyport/pipeline-node";
import { fleetSpec } from "@sallyport/snapshot";
import type { GatewaySettings } from "./env.js";
import type { SnapshotStore } from "./store.js";

/**
 * Questions about tokens, and sign-ins, stand in the way of requests: they have connections of their own, and never wait behind keys. With theirs,
 * 20 and 5: 100 to a host, 20 of them kept (BEHAVIOUR §3).
 */
const ASKING = { maxConcurrent: 256, maxConcurrentPerTenant: 64, maxSocketsPerHost: 80, maxIdlePerHost: 15 };

export interface ProviderCallsDeps {
  readonly store: Pick<SnapshotStore, "current">;
  readonly clock: { now(): number; monotonic(): number };
  readonly secretOf: SecretOf;
  readonly proxy: GatewaySettings["idpProxy"];
  readonly found: (finding: SecurityFinding) => void;
}

/** Everything by which a node calls identity providers, as the fleet's settings of the running revision say. */
export function createProviderCalls({ store, clock, secretOf: secrets, proxy, found: onEvent }: ProviderCallsDeps) {
  const defaults = fleetSpec.parse({});
  const settings = () => store.current?.settings ?? defaults;
  const calling = { allowedRanges: () => settings().idpAllowedRanges, certificates: () => settings().idpCertificates, proxy };
  const [http, askingHttp] = [createIdpHttp(calling), createIdpHttp({ ...calling, ...ASKING })];
  const ofKeys = { importKeys: importKeySet, clock, settings: () => settings().jwks };
  const documents = createDocumentStore({ ...ofKeys, http });
  const keys = createKeySource({ ...ofKeys, http, documents, onEvent });
  const introspection = createIntrospector({ documents, clock, http: askingHttp, settings, secrets, onEvent });
  const login = createLoginClient({ documents, clock, http: askingHttp, settings: () => settings().jwks, secrets });
  return {
    keys,
    introspection,
    login,
    /** Nothing is fetched or asked any more. */
    end(): void {
      keys.close();
      introspection.close();
    },
    /** Ends the connections. */
    async close(): Promise<void> {
      await Promise.all([http.close(), askingHttp.close()]);
    },
  };
}
