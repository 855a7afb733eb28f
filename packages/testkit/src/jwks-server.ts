import type { ServerResponse } from "node:http";
import { listen } from "./listen.js";
import { type Misbehaviour, misbehave } from "./misbehave.js";
import { createTokenMint, type Jwk } from "./token-mint.js";

/** How an identity provider can behave. Everything but `good` and `slow` is hostile or broken. */
export type JwksServerMode = "good" | "slow" | "many_keys" | "empty_set" | "wrong_issuer" | Misbehaviour;

export interface JwksServer {
  /** `http://127.0.0.1:<port>` */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly discoveryUrl: string;
  readonly port: number;
  /** `on` limits the mode to one of the two documents; the other stays good. */
  setMode(mode: JwksServerMode, options?: { on?: "jwks" | "discovery"; delayMs?: number; redirectTo?: string }): void;
  setKeys(jwks: { keys: readonly unknown[] }): void;
  /** Members that are added to the discovery document, or replace its own. */
  setDiscovery(members: Record<string, unknown>): void;
  readonly requests: { readonly jwks: number; readonly discovery: number; readonly other: number };
  /** Body bytes handed to sockets in the hostile modes. */
  bytesSent(): number;
  resetCounts(): void;
  close(): Promise<void>;
}

const DRIP_MS = 50;

/**
 * A plain HTTP server with a discovery document and a JWK Set, that can turn hostile in every way that
 * BEHAVIOUR 3a must survive. `huge` streams up to 2 GB, as fast as it is read.
 */
export async function startJwksServer(options: { jwks: { keys: readonly unknown[] }; port?: number }): Promise<JwksServer> {
  let keys = options.jwks;
  let mode: JwksServerMode = "good";
  let on: "jwks" | "discovery" | undefined;
  let delayMs = 300;
  let redirectTo = "http://127.0.0.1:9/elsewhere";
  let extra: Record<string, unknown> = {};
  let bytes = 0;
  const counts = { jwks: 0, discovery: 0, other: 0 };

  const json = (response: ServerResponse, value: unknown) => {
    const text = JSON.stringify(value);
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  };
  const behave = (response: ServerResponse, document: unknown) => {
    switch (mode) {
      case "good":
      case "many_keys":
      case "empty_set":
      case "wrong_issuer":
        json(response, document);
        return;
      case "slow":
        setTimeout(() => json(response, document), delayMs);
        return;
      default:
        misbehave(response, mode, JSON.stringify(document), {
          redirectTo,
          dripMs: DRIP_MS,
          sent(count) {
            bytes += count;
          },
        });
    }
  };

  const running = await listen((request, response) => {
    request.resume();
    const isJwks = request.url === "/jwks";
    const isDiscovery = request.url?.endsWith("/.well-known/openid-configuration") ?? false;
    counts[isJwks ? "jwks" : isDiscovery ? "discovery" : "other"] += 1;
    if (!isJwks && !isDiscovery) {
      response.writeHead(404).end();
      return;
    }
    const applies = on === undefined || on === (isJwks ? "jwks" : "discovery");
    const document = isJwks ? jwksDocument(applies) : discoveryDocument(applies);
    if (applies) behave(response, document);
    else json(response, document);
  }, options.port);

  const jwksDocument = (applies: boolean) => {
    if (applies && mode === "empty_set") return { keys: [] };
    if (applies && mode === "many_keys") return { keys: manyKeys(5_000) };
    return keys;
  };
  const discoveryDocument = (applies: boolean) => ({
    issuer: applies && mode === "wrong_issuer" ? "https://somebody-else.example" : running.url,
    jwks_uri: `${running.url}/jwks`,
    authorization_endpoint: `${running.url}/authorize`,
    token_endpoint: `${running.url}/token`,
    id_token_signing_alg_values_supported: ["RS256", "ES256"],
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    ...extra,
  });

  return {
    issuer: running.url,
    jwksUrl: `${running.url}/jwks`,
    discoveryUrl: `${running.url}/.well-known/openid-configuration`,
    port: running.port,
    setMode(next, settings = {}) {
      mode = next;
      on = settings.on;
      delayMs = settings.delayMs ?? 300;
      redirectTo = settings.redirectTo ?? redirectTo;
    },
    setKeys(next) {
      keys = next;
    },
    setDiscovery(members) {
      extra = members;
    },
    requests: counts,
    bytesSent: () => bytes,
    resetCounts() {
      counts.jwks = 0;
      counts.discovery = 0;
      counts.other = 0;
      bytes = 0;
    },
    close: running.close,
  };
}

/** Good keys in an absurd number: one key under many names. */
export function manyKeys(count: number): Jwk[] {
  const { publicJwk } = createTokenMint({ alg: "ES256" });
  return Array.from({ length: count }, (_, index) => ({ kty: publicJwk.kty, crv: "P-256", x: publicJwk.x, y: publicJwk.y, kid: `k${index}` }));
}
