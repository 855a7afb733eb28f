import type { CompiledIdentityProvider } from "@sallyport/pipeline";
import type { LoginSettings } from "@sallyport/snapshot";
import { z } from "zod";
import { elapsedMs, type IdpClock } from "../clock.js";
import type { IdpHttp } from "../http/idp-http.js";
import { type ClientProof, type ClientProver, createClientProver, type SecretOf } from "../introspection/client-authentication.js";
import type { DocumentStore } from "../keys/document-store.js";
import type { DiscoveryDocument } from "../keys/documents.js";
import { discoveryUrlFor } from "../keys/refresh.js";
import type { KeySettings } from "../keys/remote-document.js";

/** What a login reads of a compiled IdP. */
export type LoginIdp = Pick<CompiledIdentityProvider, "id" | "tenant" | "name" | "issuer" | "spec">;

/** `unavailable`: the IdP could not be reached or read; else it answered, and said no. One sentence, without anything secret in it. */
export interface LoginFailure {
  readonly ok: false;
  readonly unavailable: boolean;
  readonly detail: string;
}

/** The token endpoint's answer (OpenID Connect Core 1.0 §3.1.3.3), unverified. */
export interface ExchangedCode {
  readonly ok: true;
  readonly idToken: string;
  readonly accessToken: string;
  readonly scopes: readonly string[];
}

/** Signing people in at a tenant's IdP: authorization code with PKCE (RFC 7636). */
export interface LoginClient {
  /** Where the browser is sent (OpenID Connect Core 1.0 §3.1.2.1). @param challenge base64url of the verifier's SHA-256 */
  authorizationUrl(
    idp: LoginIdp,
    request: { readonly redirectUri: string; readonly state: string; readonly nonce: string; readonly challenge: string },
  ): Promise<{ readonly ok: true; readonly url: string } | LoginFailure>;
  /** RFC 9207 §2.4: is this the `iss` of an authorization response of this IdP? Absence is none where the IdP promises to send it. */
  isIssuerOfResponse(idp: LoginIdp, iss: string | null): Promise<boolean>;
  exchange(
    idp: LoginIdp,
    code: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
  ): Promise<ExchangedCode | LoginFailure>;
  /** Where the browser is sent to end its session at the IdP (RP-Initiated Logout 1.0 §2); null where the IdP has no such place. */
  endSessionUrl(idp: LoginIdp, request: { readonly postLogoutRedirectUri: string }): Promise<string | null>;
}

export interface LoginClientOptions {
  readonly http: IdpHttp;
  readonly documents: DocumentStore;
  readonly secrets: SecretOf;
  readonly clock: IdpClock;
  readonly settings: () => KeySettings;
}

const TOKEN_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 65_536;

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  id_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  scope: z.string().optional(),
});

const away = (detail: string): LoginFailure => ({ ok: false, unavailable: true, detail });
const refused = (detail: string): LoginFailure => ({ ok: false, unavailable: false, detail });

/** The browser goes there, so that nothing but http may stand there; plain http only where the issuer itself is. */
function browserUrl(text: string | undefined, { issuer }: LoginIdp): URL | null {
  if (text === undefined || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" || (url.protocol === "http:" && issuer.startsWith("http:")) ? url : null;
}

export function createLoginClient({ http, documents, secrets, clock, settings }: LoginClientOptions): LoginClient {
  const provers = new WeakMap<LoginIdp, ClientProver>();

  /** The key source's own copy where it is there. With another issuer in it, nothing in it is believed (OpenID Connect Discovery 1.0 §4.3). */
  const discover = async (idp: LoginIdp): Promise<DiscoveryDocument | LoginFailure> => {
    const url = discoveryUrlFor(idp);
    if (url === null) return refused(`${idp.id} has no discovery document`);
    const document = documents.discovery(url);
    let held = document.held;
    if (held === null) {
      const outcome = await document.refresh(idp.tenant);
      if (!outcome.ok) return away(outcome.detail);
      held = outcome.held;
      // Nobody waits for it: refresh keeps to one fetch at a time, and to the back-off.
    } else if (elapsedMs(clock) - held.fetchedAt >= settings().ttlSeconds * 1_000) void document.refresh(idp.tenant);
    if (held.value.issuer !== idp.issuer) return away(`${url} names the issuer ${held.value.issuer}, configured is ${idp.issuer}`);
    return held.value;
  };

  const prove = async (idp: LoginIdp, client: LoginSettings["client"]): Promise<ClientProof> => {
    if (client.method === "none") return { ok: true, headers: {}, form: { client_id: client.clientId } };
    const prover = provers.get(idp) ?? createClientProver(secrets);
    provers.set(idp, prover);
    return prover.prove(client, { tenant: idp.tenant, issuer: idp.issuer, nowMs: clock.now() });
  };

  return {
    async authorizationUrl(idp, { redirectUri, state, nonce, challenge }) {
      const { login } = idp.spec;
      if (login === null) return refused(`${idp.id} has no login`);
      const found = await discover(idp);
      if ("ok" in found) return found;
      const url = browserUrl(found.authorization_endpoint, idp);
      if (url === null) return away(`the discovery document of ${idp.id} names no authorization_endpoint that a browser may be sent to`);
      const parameters = {
        ...{ response_type: "code", client_id: login.client.clientId, redirect_uri: redirectUri, scope: login.scopes.join(" ") },
        ...{ state, nonce, code_challenge: challenge, code_challenge_method: "S256" },
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return { ok: true, url: url.href };
    },

    async isIssuerOfResponse(idp, iss) {
      if (iss !== null) return iss === idp.issuer;
      const found = await discover(idp);
      return !("ok" in found) && found.authorization_response_iss_parameter_supported !== true;
    },

    async exchange(idp, { code, verifier, redirectUri }) {
      const { login } = idp.spec;
      if (login === null) return refused(`${idp.id} has no login`);
      const found = await discover(idp);
      if ("ok" in found) return found;
      if (found.token_endpoint === undefined) return away(`the discovery document of ${idp.id} names no token_endpoint`);
      const proof = await prove(idp, login.client);
      if (!proof.ok) return away(proof.detail);
      const form = new URLSearchParams({
        ...{ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier },
        ...proof.form,
      });
      const limits = { timeoutMs: TOKEN_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, tenant: idp.tenant };
      const answer = await http.postForm(found.token_endpoint, form, { ...limits, headers: proof.headers });
      if (!answer.ok) {
        const saidNo = answer.reason === "bad_status" && (answer.status === 400 || answer.status === 401);
        return { ok: false, unavailable: !saidNo, detail: `the token endpoint: ${answer.detail}` };
      }
      return readAnswer(answer.text, login.scopes);
    },

    async endSessionUrl(idp, { postLogoutRedirectUri }) {
      const found = await discover(idp);
      const url = "ok" in found ? null : browserUrl(found.end_session_endpoint, idp);
      if (url === null) return null;
      url.searchParams.set("client_id", idp.spec.login?.client.clientId ?? "");
      url.searchParams.set("post_logout_redirect_uri", postLogoutRedirectUri);
      return url.href;
    },
  };
}

/** RFC 6749 §3.3: what one scope may be made of. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
/** More than anybody grants; they stand in a session and in a header. */
const MOST_SCOPES = 100;

const scopesIn = (text: string): readonly string[] =>
  text
    .split(" ")
    .filter((each) => SCOPE.test(each))
    .slice(0, MOST_SCOPES);

/** @param asked RFC 6749 §5.1: granted as asked where the answer does not say otherwise */
function readAnswer(text: string, asked: readonly string[]): ExchangedCode | LoginFailure {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return away("the token endpoint's answer is no JSON");
  }
  const parsed = tokenAnswer.safeParse(json);
  if (!parsed.success) return away(`the token endpoint's answer lacks what a login needs (${parsed.error.issues[0]?.path.join(".")})`);
  const { access_token, id_token, scope } = parsed.data;
  return {
    ok: true,
    idToken: id_token,
    accessToken: access_token,
    scopes: scope === undefined ? asked : scopesIn(scope),
  };
}
