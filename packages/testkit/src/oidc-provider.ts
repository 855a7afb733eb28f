import { randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AsymmetricSigningAlgorithm, Configuration, Provider } from "oidc-provider";
import { request as send } from "undici";
import { listen } from "./listen.js";
import { createMemoryAdapter } from "./oidc-adapter.js";
import { generateKeys, loadOrGenerateKeys, type PrivateJwks, saveKeys } from "./oidc-keys.js";
import { answerInteraction } from "./oidc-login.js";
import type { Jwk } from "./token-mint.js";

export type ProviderAlgorithm = "RS256" | "ES256" | "EdDSA";

export interface ProviderClient {
  readonly id: string;
  readonly secret: string;
  /** How it proves who it is; `client_secret_basic` when left out. */
  readonly authentication?: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
  /** Public keys for `private_key_jwt`. */
  readonly jwks?: { readonly keys: readonly Jwk[] };
  /** Claims of its client-credentials tokens, beside the standard ones. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** For the code flow. */
  readonly redirectUris?: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** Is told when somebody who signed in through it signs out (Back-Channel Logout 1.0). */
  readonly backchannelLogoutUri?: string;
  /** No secret: PKCE alone. */
  readonly public?: boolean;
}

export interface OidcProviderOptions {
  readonly port?: number;
  readonly host?: string;
  /** The first one signs access tokens, unless a client says otherwise. */
  readonly algorithms?: readonly ProviderAlgorithm[];
  /** Resource indicators (RFC 8707), absolute URIs; each is also the `aud` of its tokens. */
  readonly resources: readonly string[];
  /** Those of them whose tokens are opaque: only introspection (RFC 7662) tells what they are. */
  readonly opaqueResources?: readonly string[];
  readonly scopes?: readonly string[];
  readonly clients: readonly ProviderClient[];
  /** People of the code flow. Claims go into their tokens. */
  readonly accounts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Claims of an account that every ID token has. */
  readonly idTokenClaims?: readonly string[];
  /** How the provider itself calls others: back-channel logout. Its own way refuses loopback. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly accessTokenSeconds?: number;
  /** Keys are kept here, so that a restart keeps the `kid`s. */
  readonly keysFile?: string;
  /** Lets `token({ claims })` overwrite any claim of a token. Tests only. */
  readonly claimOverrides?: boolean;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly tokenEndpoint: string;
  readonly port: number;
  readonly introspectionEndpoint: string;
  /**
   * An access token by client credentials, from the real token endpoint: a JWT (RFC 9068), or opaque where the resource is. With a proof for
   * that endpoint it is bound to the proof's key (RFC 9449 §5).
   */
  token(options?: { client?: string; resource?: string; scope?: string; claims?: Record<string, unknown>; proof?: string }): Promise<string>;
  /** RFC 7009, by the client that it was issued to. */
  revoke(token: string, client?: string): Promise<void>;
  /** Signs with new keys from now on. @param keepOld the old ones stay published, as a careful provider does */
  rotateKeys(options?: { keepOld?: boolean }): Promise<void>;
  close(): Promise<void>;
}

const OVERRIDES = "sallyport_claims";

/** The library remarks at import that it is tested on later Nodes only; it works on all that we support. */
async function loadLibrary(): Promise<typeof import("oidc-provider")> {
  const { warn } = console;
  console.warn = (...args: unknown[]) => {
    if (!String(args[0]).includes("Unsupported runtime")) warn(...args);
  };
  try {
    return await import("oidc-provider");
  } finally {
    console.warn = warn;
  }
}

function outgoing({ fetch }: OidcProviderOptions, url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  if (fetch === undefined) throw new Error("no fetch was given");
  const { method = "GET", headers = {}, body = null } = init;
  return fetch(url instanceof Request ? url.url : String(url), { method, headers, body });
}

function configurationOf(options: OidcProviderOptions, jwks: PrivateJwks, adapter: Configuration["adapter"], cookieKey: string): Configuration {
  const algorithm: AsymmetricSigningAlgorithm = options.algorithms?.[0] ?? "RS256";
  const scope = (options.scopes ?? []).join(" ");
  const claimsOf = (clientId: string | undefined, accountId: string | undefined) =>
    accountId === undefined ? options.clients.find(({ id }) => id === clientId)?.claims : options.accounts?.[accountId];
  return {
    adapter,
    jwks: { keys: [...jwks.keys] } as NonNullable<Configuration["jwks"]>,
    cookies: { keys: [cookieKey] },
    scopes: ["openid", "offline_access", ...(options.scopes ?? [])],
    claims: { openid: ["sub", ...(options.idTokenClaims ?? [])], profile: ["name"], email: ["email"] },
    // ID tokens hold what their scopes stand for: nobody here asks the userinfo endpoint.
    conformIdTokenClaims: false,
    ...(options.fetch === undefined ? {} : { fetch: (url: string | URL | Request, init?: RequestInit) => outgoing(options, url, init) }),
    clientDefaults: { id_token_signed_response_alg: algorithm },
    clients: options.clients.map((client) => ({
      client_id: client.id,
      ...(client.authentication === "private_key_jwt" || client.public === true ? {} : { client_secret: client.secret }),
      token_endpoint_auth_method: client.public === true ? "none" : (client.authentication ?? "client_secret_basic"),
      ...(client.postLogoutRedirectUris === undefined ? {} : { post_logout_redirect_uris: [...client.postLogoutRedirectUris] }),
      ...(client.backchannelLogoutUri === undefined
        ? {}
        : { backchannel_logout_uri: client.backchannelLogoutUri, backchannel_logout_session_required: true }),
      ...(client.jwks === undefined ? {} : { jwks: { keys: [...client.jwks.keys] } }),
      grant_types: [
        ...(client.public === true ? [] : (["client_credentials"] as const)),
        ...(client.redirectUris === undefined ? [] : (["authorization_code", "refresh_token"] as const)),
      ],
      redirect_uris: [...(client.redirectUris ?? [])],
      response_types: client.redirectUris === undefined ? [] : ["code"],
    })),
    findAccount: (_context, sub) =>
      options.accounts !== undefined && Object.hasOwn(options.accounts, sub)
        ? { accountId: sub, claims: async () => ({ ...options.accounts?.[sub], sub }) }
        : undefined,
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    extraTokenClaims: (_context, token) => ({ ...claimsOf(token.clientId, "accountId" in token ? token.accountId : undefined) }),
    formats: {
      customizers: {
        jwt: (context, _token, parts) => {
          const overrides = options.claimOverrides === true ? context.oidc.body?.[OVERRIDES] : undefined;
          if (typeof overrides === "string") Object.assign(parts.payload, JSON.parse(overrides));
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => options.resources[0] ?? [],
        useGrantedResource: () => true,
        getResourceServerInfo: async (_context, resource) => {
          if (!options.resources.includes(resource)) throw new (await loadLibrary()).errors.InvalidTarget();
          if (options.opaqueResources?.includes(resource) === true) return { scope, audience: resource, accessTokenFormat: "opaque" };
          return { scope, audience: resource, accessTokenFormat: "jwt", jwt: { sign: { alg: algorithm } } };
        },
      },
    },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 600,
      ClientCredentials: options.accessTokenSeconds ?? 600,
      IdToken: 600,
      Interaction: 600,
      Session: 3_600,
      Grant: 3_600,
      RefreshToken: 3_600,
    },
  };
}

/**
 * panva's oidc-provider on loopback: discovery, JWKS, token endpoint with client credentials, code flow with a demo sign-in page.
 * @throws PortTakenError
 */
export async function startOidcProvider(options: OidcProviderOptions): Promise<OidcProvider> {
  const library = await loadLibrary();
  const algorithms = options.algorithms ?? ["RS256"];
  const adapter = createMemoryAdapter();
  const cookieKey = randomBytes(32).toString("base64url");
  const accounts = Object.keys(options.accounts ?? {});
  let jwks = await loadOrGenerateKeys(options.keysFile, algorithms);
  let provider: Provider | null = null;
  let answer: RequestListener | null = null;

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    if (provider !== null && (await answerInteraction(provider, accounts, request, response))) return;
    answer?.(request, response);
  };
  const running = await listen(
    (request, response) => {
      respond(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(400, { "content-type": "text/plain" });
        response.end(`${error instanceof Error ? error.message : String(error)}\n`);
      });
    },
    options.port,
    options.host,
  );
  const renew = () => {
    provider = new library.Provider(running.url, configurationOf(options, jwks, adapter, cookieKey));
    answer = provider.callback();
  };
  renew();
  const postAs = async (id: string | undefined, path: string, form: URLSearchParams, proof?: string) => {
    const client = options.clients.find((each) => id === undefined || each.id === id);
    if (client === undefined) throw new Error(`the provider has no client ${id}`);
    const { statusCode, body } = await send(`${running.url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
        ...(proof === undefined ? {} : { dpop: proof }),
      },
      body: form.toString(),
    });
    return { statusCode, text: await body.text() };
  };

  return {
    issuer: running.url,
    jwksUri: `${running.url}/jwks`,
    tokenEndpoint: `${running.url}/token`,
    port: running.port,
    introspectionEndpoint: `${running.url}/token/introspection`,
    async token(wanted = {}) {
      const form = new URLSearchParams({ grant_type: "client_credentials", resource: wanted.resource ?? options.resources[0] ?? "" });
      if (wanted.scope !== undefined) form.set("scope", wanted.scope);
      if (wanted.claims !== undefined) form.set(OVERRIDES, JSON.stringify(wanted.claims));
      const { statusCode, text } = await postAs(wanted.client, "/token", form, wanted.proof);
      const answered = JSON.parse(text) as { access_token?: string };
      if (statusCode !== 200 || answered.access_token === undefined) throw new Error(`the token endpoint answered ${statusCode}: ${text}`);
      return answered.access_token;
    },
    async revoke(token, client) {
      const { statusCode, text } = await postAs(client, "/token/revocation", new URLSearchParams({ token }));
      if (statusCode !== 200) throw new Error(`the revocation endpoint answered ${statusCode}: ${text}`);
    },
    async rotateKeys({ keepOld = false } = {}) {
      const fresh = generateKeys(algorithms);
      jwks = { keys: keepOld ? [...fresh.keys, ...jwks.keys] : fresh.keys };
      if (options.keysFile !== undefined) await saveKeys(options.keysFile, jwks);
      renew();
    },
    close: running.close,
  };
}
