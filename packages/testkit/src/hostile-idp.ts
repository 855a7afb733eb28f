import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestCertificate } from "./certificate-authority.js";
import { manyKeys } from "./jwks-server.js";
import { listen, listenWithTls } from "./listen.js";
import { type Misbehaviour, misbehave } from "./misbehave.js";
import { createTokenMint, type Jwk } from "./token-mint.js";

/** Answers of a JWK Set that are no plain misbehaviour of HTTP. */
export const HOSTILE_JWKS = ["many_keys", "empty_set", "bad_member", "exponent_one"] as const;
/** The same of a discovery document. `private_endpoint` points to `privateUrl`. */
export const HOSTILE_DISCOVERY = ["wrong_issuer", "private_endpoint"] as const;
/** The same of an introspection endpoint. */
export const HOSTILE_ANSWERS = [
  "active_text",
  "active_number",
  "active_missing",
  "active_twice",
  "list",
  "text",
  "deep",
  "many_values",
  "member_of_wrong_type",
  "signed",
] as const;

export interface HostileIdpModes {
  readonly jwks: "good" | Misbehaviour | (typeof HOSTILE_JWKS)[number];
  readonly discovery: "good" | Misbehaviour | (typeof HOSTILE_DISCOVERY)[number];
  readonly introspection: "good" | Misbehaviour | (typeof HOSTILE_ANSWERS)[number] | 400 | 401 | 403 | 429 | 503;
}
export type HostileIdpDocument = keyof HostileIdpModes;

/** What the introspection endpoint was asked. */
export interface AskedQuestion {
  readonly form: URLSearchParams;
  readonly authorization: string | null;
}

export interface HostileIdp {
  /** `http://127.0.0.1:<port>`, or `https://localhost:<port>` with a certificate. */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly discoveryUrl: string;
  readonly introspectionUrl: string;
  readonly port: number;
  /** One document turns hostile, or good again; the others stay as they are. */
  setMode<D extends HostileIdpDocument>(document: D, mode: HostileIdpModes[D]): void;
  readonly requests: Readonly<Record<HostileIdpDocument | "other", number>>;
  readonly questions: readonly AskedQuestion[];
  /** Calls that are not answered to their end. */
  readonly open: number;
  bytesSent(): number;
  resetCounts(): void;
  close(): Promise<void>;
}

export interface HostileIdpOptions {
  readonly jwks: { readonly keys: readonly unknown[] };
  /** The good answer about a token; `{ active: false }` when left out. */
  readonly answer?: (token: string) => unknown;
  readonly tls?: TestCertificate;
  /** Between two bytes; one second when left out. */
  readonly dripMs?: number;
  readonly redirectTo?: string;
  readonly privateUrl?: string;
  /** `Retry-After` of 429 and 503, seconds. */
  readonly retryAfter?: number;
}

/** An RSA key with which everybody can sign: what is raised to the first power stays what it is. */
function exponentOne(): Jwk {
  const { publicKey } = createTokenMint({ alg: "RS256" });
  return { ...publicKey.export({ format: "jwk" }), kty: "RSA", e: "AQ", kid: "exponent-one", alg: "RS256", use: "sig" };
}

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

function hostileAnswer(mode: (typeof HOSTILE_ANSWERS)[number]): { text: string; type?: string } {
  switch (mode) {
    case "active_text":
      return { text: '{"active":"true","sub":"root"}' };
    case "active_number":
      return { text: '{"active":1,"sub":"root"}' };
    case "active_missing":
      return { text: '{"sub":"root","exp":9999999999}' };
    case "active_twice":
      return { text: '{"active":false,"active":true,"sub":"root"}' };
    case "list":
      return { text: '[{"active":true,"sub":"root"}]' };
    case "text":
      return { text: '"active"' };
    case "deep":
      return { text: `{"active":true,"sub":"root","more":${nested(5_000)}}` };
    case "many_values":
      return { text: `{"active":true,"sub":"root","more":[${"[],".repeat(100_000)}[]]}` };
    case "member_of_wrong_type":
      return { text: '{"active":true,"sub":"root","exp":"9999999999"}' };
    case "signed": {
      const { sign } = createTokenMint({ alg: "ES256" });
      const text = sign({ token_introspection: { active: true, sub: "root" } }, { typ: "token-introspection+jwt" });
      return { text, type: "application/token-introspection+jwt" };
    }
  }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) {
    if (text.length < 65_536) text += String(chunk);
  }
  return new URLSearchParams(text);
}

/** An identity provider with discovery, JWK Set and introspection, each of which can be told to be hostile. */
export async function startHostileIdp(options: HostileIdpOptions): Promise<HostileIdp> {
  const modes: { -readonly [D in HostileIdpDocument]: HostileIdpModes[D] } = { jwks: "good", discovery: "good", introspection: "good" };
  const requests: Record<HostileIdpDocument | "other", number> = { jwks: 0, discovery: 0, introspection: 0, other: 0 };
  const questions: AskedQuestion[] = [];
  const { answer = () => ({ active: false }), dripMs = 1_000, redirectTo = "http://127.0.0.1:9/elsewhere" } = options;
  let bytes = 0;
  let open = 0;

  const send = (response: ServerResponse, text: string, type = "application/json") => {
    response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(text) });
    response.end(text);
  };
  const discoveryDocument = (mode: string) => ({
    issuer: mode === "wrong_issuer" ? "https://somebody-else.example" : running.url,
    jwks_uri: mode === "private_endpoint" ? options.privateUrl : `${running.url}/jwks`,
    introspection_endpoint: mode === "private_endpoint" ? options.privateUrl : `${running.url}/introspect`,
    token_endpoint: `${running.url}/token`,
  });
  const jwksDocument = (mode: string) => {
    if (mode === "many_keys") return { keys: manyKeys(5_000) };
    if (mode === "empty_set") return { keys: [] };
    if (mode === "bad_member") return { keys: [null, { kty: "RSA" }, { kty: "EC", crv: "P-256", x: "AA", y: "AA" }, ...options.jwks.keys] };
    if (mode === "exponent_one") return { keys: [exponentOne(), ...options.jwks.keys] };
    return options.jwks;
  };
  const broken = (response: ServerResponse, mode: Misbehaviour, document: unknown) =>
    misbehave(response, mode, JSON.stringify(document), {
      redirectTo,
      dripMs,
      sent(count) {
        bytes += count;
      },
    });

  const answerQuestion = (response: ServerResponse, form: URLSearchParams) => {
    const mode = modes.introspection;
    const good = answer(form.get("token") ?? "");
    if (mode === "good") send(response, JSON.stringify(good));
    else if (typeof mode === "number") {
      const retry = options.retryAfter === undefined ? {} : { "retry-after": String(options.retryAfter) };
      response.writeHead(mode, { "content-type": "application/json", ...(mode === 429 || mode === 503 ? retry : {}) });
      response.end('{"error":"no"}');
    } else if (isHostileAnswer(mode)) {
      const { text, type } = hostileAnswer(mode);
      send(response, text, type);
    } else broken(response, mode, good);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
    const form = await readForm(request);
    if (request.url === "/introspect") {
      requests.introspection += 1;
      questions.push({ form, authorization: request.headers.authorization ?? null });
      answerQuestion(response, form);
    } else if (request.url === "/jwks") {
      requests.jwks += 1;
      const mode = modes.jwks;
      if (mode === "good" || isHostileSet(mode)) send(response, JSON.stringify(jwksDocument(mode)));
      else broken(response, mode, options.jwks);
    } else if (request.url?.endsWith("/.well-known/openid-configuration") === true) {
      requests.discovery += 1;
      const mode = modes.discovery;
      const document = discoveryDocument(mode);
      if (mode === "good" || mode === "wrong_issuer" || mode === "private_endpoint") send(response, JSON.stringify(document));
      else broken(response, mode, document);
    } else {
      requests.other += 1;
      response.writeHead(404).end();
    }
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void serve(request, response).catch(() => response.destroy());
  const running = options.tls === undefined ? await listen(listener) : await listenWithTls(listener, options.tls);

  return {
    issuer: running.url,
    jwksUrl: `${running.url}/jwks`,
    discoveryUrl: `${running.url}/.well-known/openid-configuration`,
    introspectionUrl: `${running.url}/introspect`,
    port: running.port,
    setMode(document, mode) {
      modes[document] = mode;
    },
    requests,
    questions,
    get open() {
      return open;
    },
    bytesSent: () => bytes,
    resetCounts() {
      for (const name of ["jwks", "discovery", "introspection", "other"] as const) requests[name] = 0;
      questions.length = 0;
      bytes = 0;
    },
    close: running.close,
  };
}

const isOneOf = <T extends string>(list: readonly T[], value: string): value is T => (list as readonly string[]).includes(value);
const isHostileAnswer = (mode: string) => isOneOf(HOSTILE_ANSWERS, mode);
const isHostileSet = (mode: string) => isOneOf(HOSTILE_JWKS, mode);
