import type { LoginClient } from "@sallyport/idp-client";
import type {
  CompiledIdentityProvider,
  CompiledSnapshot,
  DenyCode,
  EndpointRequest,
  Ports,
  RateLimitState,
  RequestFacts,
  SecurityFinding,
} from "@sallyport/pipeline";
import type { StateStore } from "@sallyport/state-store";
import type { ClientRequest } from "../server/client-message.js";

/** One request to one of the gateway's own endpoints. */
export interface EndpointCall {
  readonly request: EndpointRequest;
  readonly compiled: CompiledSnapshot;
  readonly facts: RequestFacts;
  readonly message: ClientRequest;
  /** Tells a client that waits for it to send its body. */
  readonly goOn: () => void;
}

export interface EndpointDeps {
  readonly store: StateStore | null;
  readonly login: LoginClient;
  readonly ports: Ports;
}

/** The same, where there is a store to keep sessions in. */
export interface SessionDeps extends EndpointDeps {
  readonly store: StateStore;
}

export type EndpointAnswer =
  | {
      readonly status: 200 | 302 | 303 /** Names and values in turn. */;
      readonly headers: readonly string[];
      readonly findings?: readonly SecurityFinding[];
    }
  | {
      readonly code: DenyCode;
      readonly detail: string;
      readonly findings?: readonly SecurityFinding[];
      readonly allowedMethods?: readonly string[];
      readonly limits?: readonly RateLimitState[];
    };

export type Endpoint = (call: EndpointCall, deps: SessionDeps) => Promise<EndpointAnswer>;

export const refusal = (code: DenyCode, detail: string): EndpointAnswer => ({ code, detail });

/** Nothing of an answer here is anybody else's to keep, and no address of ours goes on in `Referer`. */
export const redirect = (status: 302 | 303, location: string, cookies: readonly string[] = []): EndpointAnswer => ({
  status,
  headers: ["Location", location, "Referrer-Policy", "no-referrer", ...cookies.flatMap((cookie) => ["Set-Cookie", cookie])],
});

/** The tenant's IdPs that people can sign in with. */
export const loginProviders = ({ tenant }: EndpointRequest): CompiledIdentityProvider[] =>
  [...tenant.identityProviders.values()].filter(({ spec }) => spec.login !== null);

/**
 * The origin as the browser sees it. TLS ends at the node or before it; a login without TLS there is none, but on the machine itself, whose
 * names browsers take for secure (W3C Secure Contexts §3.1).
 */
export function originOf({ request, facts }: Pick<EndpointCall, "request" | "facts">): string {
  const { authority } = request;
  const local = /^(?:[a-z0-9-]+\.)*localhost(?::\d+)?$/.test(authority) && !facts.secure;
  return `${local ? "http" : "https"}://${authority}`;
}

/** The parameters of a query or a form; null when one of them is there twice: whose would count? */
export function parametersOf(text: string): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (parameters.has(name)) return null;
    parameters.set(name, value);
  }
  return parameters;
}
