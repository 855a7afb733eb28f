import type { CompiledApiKey, CompiledRoute, CompiledSnapshot, CompiledTenant } from "./compiled.js";
import { corsAnswer } from "./cors/answer.js";
import type { Deny, Principal, RateLimitState, SecurityFinding, SlowedBy, Trace } from "./decision.js";
import { challengeFor } from "./dpop/settings.js";
import type { RequestFacts } from "./facts.js";
import type { Ports } from "./ports.js";
import type { Refusal } from "./refusal.js";

const NO_FINDINGS: readonly SecurityFinding[] = Object.freeze([]);
const NO_LIMITS: readonly RateLimitState[] = Object.freeze([]);

/** One request on its way through the stages, and what was learned of it so far. */
export class Passage {
  readonly compiled: CompiledSnapshot;
  readonly facts: RequestFacts;
  readonly ports: Ports;
  /** Only the debugger and tests hand one in; without it nothing is written down. */
  readonly trace: Trace | undefined;
  clientIp: string | null = null;
  tenant: CompiledTenant | null = null;
  /** The host named the tenant: no other tenant shares this origin. */
  hostNamesTenant = false;
  /** Nothing but an unverified token named the tenant: it must be what lets the request in. */
  tokenNamesTenant = false;
  /** The token came with the scheme DPoP: with a proof, it says. */
  usesDpop = false;
  route: CompiledRoute | null = null;
  /** The API key that was presented and held, whether or not it is the identity that is passed on. */
  apiKey: CompiledApiKey | null = null;
  /** Null as long as nobody is known, and for who stays anonymous. */
  principal: Principal | null = null;
  /** False where nobody can hold the request: what would wait is refused. */
  mayWait = false;
  /** The limit that lets the request wait before it goes on. */
  slowed: SlowedBy | null = null;
  /** The request's `Origin`; read only where the route has a CORS policy. */
  origin: string | null = null;
  findings: readonly SecurityFinding[] = NO_FINDINGS;
  limits: readonly RateLimitState[] = NO_LIMITS;

  constructor(compiled: CompiledSnapshot, facts: RequestFacts, ports: Ports, trace?: Trace) {
    this.compiled = compiled;
    this.facts = facts;
    this.ports = ports;
    this.trace = trace;
  }

  /** Adds a finding for the security reviewers, about the tenant that was asked for. */
  report(kind: SecurityFinding["kind"], detail: string, about?: Partial<SecurityFinding>): void {
    const finding: SecurityFinding = {
      kind,
      tenant: this.tenant?.slug ?? null,
      tokenTenant: null,
      identityProvider: null,
      subject: null,
      issuer: null,
      ...about,
      detail,
    };
    this.findings = [...this.findings, finding];
  }

  deny(refusal: Refusal): Deny {
    return {
      outcome: "deny",
      code: refusal.code,
      detail: refusal.detail,
      tenant: this.tenant?.slug ?? null,
      route: this.route?.name ?? null,
      clientIp: this.clientIp,
      ...refusal.facts,
      dpop: challengeFor(this.route, this.usesDpop),
      cors: this.route === null ? null : corsAnswer(this.route, this.origin),
      findings: this.findings,
      limits: this.limits,
    };
  }
}
