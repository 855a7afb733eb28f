import type { ClientCertificatesSpec } from "@sallyport/snapshot";
import type { CompiledSnapshot, CompiledTenant } from "../compiled.js";
import type { Principal } from "../decision.js";
import type { PresentedCertificates } from "../facts.js";
import { isSubject } from "../jwt/claims.js";
import type { Passage } from "../passage.js";
import { digestOf } from "../recall.js";
import { Refusal } from "../refusal.js";
import { VerifiedCredential } from "../verified-credential.js";
import { type Certificate, readCertificate } from "../x509/certificate.js";
import { CLIENT_AUTH, KEY_USAGE } from "../x509/extensions.js";
import { type FoundAuthority, findAuthority, isTimely } from "./find-authority.js";
import { MAX_PRESENTED } from "./presented.js";

/** A certificate that held, for one tenant and one set of authorities of the fleet. */
class VerifiedCertificate extends VerifiedCredential {
  readonly tenant: CompiledTenant;
  readonly authorities: CompiledSnapshot["authorities"];
  readonly goodFromMs: number;
  readonly goodUntilMs: number;

  constructor(principal: Principal, passage: Passage, tenant: CompiledTenant, { goodFromMs, goodUntilMs }: FoundAuthority) {
    super(principal);
    this.tenant = tenant;
    this.authorities = passage.compiled.authorities;
    this.goodFromMs = goodFromMs;
    this.goodUntilMs = goodUntilMs;
  }
}

const invalid = (detail: string): Refusal => new Refusal("invalid_client_certificate", detail);

/**
 * BEHAVIOUR §2 and §4: a certificate counts at the tenant whose authority is the nearest on its path. One of another tenant is told apart
 * from one that is nobody's. What held is remembered with the connection, and by its digest at the node.
 */
export function verifyClientCertificate(passage: Passage, tenant: CompiledTenant, presented: PresentedCertificates): VerifiedCredential | Refusal {
  const known = stillGood(passage, tenant, presented.verified);
  if (known !== null) return known;
  if (presented.chain.length > MAX_PRESENTED) return invalid("more certificates than a path can have");
  const digest = digestOf(passage, presented.chain.join("\n"));
  // No IdP's name begins with a blank.
  const owner = `${tenant.slug}/ client-certificate`;
  const cached = stillGood(passage, tenant, passage.ports.tokens.get(owner, digest));
  const verdict = cached ?? verify(passage, tenant, presented.chain);
  if (verdict instanceof Refusal) return verdict;
  if (cached === null) passage.ports.tokens.set(owner, digest, verdict);
  presented.verified = verdict;
  return verdict;
}

/** Of this very configuration, and within the time of every certificate of its path. */
function stillGood({ compiled, ports }: Passage, tenant: CompiledTenant, value: unknown): VerifiedCertificate | null {
  if (!(value instanceof VerifiedCertificate) || value.tenant !== tenant || value.authorities !== compiled.authorities) return null;
  return isTimely({ notBeforeMs: value.goodFromMs, notAfterMs: value.goodUntilMs }, ports.clock.now()) ? value : null;
}

function verify(passage: Passage, tenant: CompiledTenant, ders: readonly string[]): VerifiedCertificate | Refusal {
  const chain: Certificate[] = [];
  for (const der of ders) {
    const certificate = readCertificate(der);
    if (certificate === null) return invalid("a certificate cannot be read");
    chain.push(certificate);
  }
  const [leaf] = chain;
  if (leaf === undefined) return invalid("there is no certificate");
  const unfit = refuseLeaf(leaf, passage.ports.clock.now());
  if (unfit !== null) return unfit;
  const found = findAuthority(passage, chain);
  if (found === null) return invalid("no path leads to an authority that takes its names");
  const { trust, tenant: owner } = found.authority;
  const subject = subjectOf(trust, leaf);
  if (owner !== tenant.slug) return refuseForeign(passage, owner, subject);
  if (subject === null) return invalid(`the certificate has not exactly one ${trust.subject} that can be a subject`);
  return new VerifiedCertificate(principalOf(owner, trust, subject, leaf, found), passage, tenant, found);
}

/** What is asked of a client's own certificate, before any signature (RFC 5280 §4.2.1.3, §4.2.1.12). */
function refuseLeaf(leaf: Certificate, now: number): Refusal | null {
  if (!leaf.strong) return invalid("its key or its signature's algorithm is too weak");
  if (leaf.notUnderstood) return invalid("it has a critical extension that is not understood");
  if (leaf.basicConstraints?.ca === true) return invalid("an authority's certificate is no client's");
  if (leaf.keyUsage !== null && (leaf.keyUsage & KEY_USAGE.digitalSignature) === 0) return invalid("its key is not meant for signatures");
  if (leaf.extendedKeyUsage?.includes(CLIENT_AUTH) !== true) return invalid("it is not meant for client authentication");
  return isTimely(leaf, now) ? null : invalid("it has expired, or is not good yet");
}

function refuseForeign(passage: Passage, owner: string, subject: string | null): Refusal {
  const detail = `the certificate of ${owner} was sent to ${passage.tenant?.slug ?? "another tenant"}`;
  passage.report("cross_tenant_attempt", detail, { tokenTenant: owner, subject });
  return new Refusal("tenant_mismatch", detail);
}

/** The one name of the kind that names the caller; null when there are none, or several: which would it be? */
function subjectOf({ subject }: ClientCertificatesSpec, { names, commonNames }: Certificate): string | null {
  const [name, ...more] = subject === "common_name" ? commonNames : names[subject];
  return name !== undefined && more.length === 0 && isSubject(name) ? name : null;
}

function principalOf(tenant: string, trust: ClientCertificatesSpec, subject: string, { names }: Certificate, found: FoundAuthority): Principal {
  const [email, ...more] = names.email;
  return {
    subject,
    tenant,
    authenticator: "client_certificate",
    identityProvider: null,
    issuer: null,
    email: email !== undefined && more.length === 0 && isSubject(email) ? email : null,
    roles: trust.roles,
    scopes: trust.scopes,
    organization: null,
    sessionId: null,
    expiresAt: Math.floor(found.goodUntilMs / 1_000),
    claims: {},
  };
}
