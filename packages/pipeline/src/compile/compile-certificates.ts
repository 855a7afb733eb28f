import type { TenantSection } from "@sallyport/snapshot";
import { areDisjoint } from "../certificate/names-within.js";
import type { CompiledAuthority } from "../compiled.js";
import { exact } from "../exact.js";
import { readCertificate } from "../x509/certificate.js";
import { KEY_USAGE } from "../x509/extensions.js";
import { readPem } from "../x509/pem.js";
import type { CompileErrors } from "./compile-error.js";
import { type CounterExample, type CounterSide, shown } from "./isolation/counter-example.js";

/** More than a tenant can name; the schema has the limit. */
const MAX_AUTHORITIES = 100;

/** The authorities of one tenant, read once. When they are good is judged at each request: no clock here. */
export function compileCertificates({ slug, clientCertificates: trust }: TenantSection, errors: CompileErrors): readonly CompiledAuthority[] {
  if (trust === undefined) return exact<CompiledAuthority>([]);
  const path = `tenants/${slug}`;
  const authorities: CompiledAuthority[] = [];
  for (const [index, der] of (readPem(trust.authorities, MAX_AUTHORITIES) ?? []).entries()) {
    const certificate = readCertificate(der);
    const refuse = (why: string): void => errors.add(path, `clientCertificates.authorities: certificate ${index + 1} ${why}`);
    if (certificate === null) refuse("cannot be read as X.509, version 3");
    else if (certificate.basicConstraints?.ca !== true) refuse("is no authority's: basicConstraints does not say CA");
    else if (certificate.keyUsage !== null && (certificate.keyUsage & KEY_USAGE.keyCertSign) === 0)
      refuse("may not sign certificates by its keyUsage");
    else if (!certificate.strong) refuse("is too weak: RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519, signed with SHA-256 or better");
    else if (certificate.notUnderstood) refuse("has name constraints or another critical extension that nodes do not apply");
    else authorities.push({ tenant: slug, certificate, trust });
  }
  if (authorities.length === 0) errors.add(path, "clientCertificates.authorities: there is no certificate in it");
  return authorities;
}

/**
 * The isolation proof for certificates (DESIGN §5): tenants that trust one authority, known by its key, must take names of which none is
 * within another's. Then no certificate can be good at two of them.
 * @param sharing every authority of the fleet with one key
 */
export function proveCertificateIsolation(sharing: readonly CompiledAuthority[], errors: CompileErrors): void {
  for (const [index, one] of sharing.entries()) {
    for (const other of sharing.slice(index + 1)) {
      if (one.tenant === other.tenant || areDisjoint(one.trust.within, other.trust.within)) continue;
      report(one, other, errors);
      return;
    }
  }
}

function report(one: CompiledAuthority, other: CompiledAuthority, errors: CompileErrors): void {
  const message = (whose: string): string =>
    `clientCertificates.within: tenants/${whose} trusts the same authority; give both names of one kind, neither within the other's`;
  const counterExample: CounterExample = { presents: "certificate", example: exampleOf(one, other), sides: [sideOf(one), sideOf(other)] };
  errors.add(`tenants/${one.tenant}`, message(other.tenant), counterExample);
  errors.add(`tenants/${other.tenant}`, message(one.tenant), counterExample);
}

/** Names that are within both: of one kind the narrower one, of two kinds one each. */
function exampleOf(one: CompiledAuthority, other: CompiledAuthority): CounterExample["example"] {
  const asked = [one.trust.within, other.trust.within].flatMap((within) => (within === null ? [] : [within]));
  asked.sort((a, b) => a.value.length - b.value.length);
  return Object.fromEntries(asked.map(({ kind, value }) => [kind, shown(value)]));
}

function sideOf({ tenant, trust: { within } }: CompiledAuthority): CounterSide {
  const names = within === null ? "within is not set: names do not matter" : `within: ${within.kind} ${shown(within.value)}`;
  return {
    tenant,
    path: `tenants/${tenant}`,
    rules: ["clientCertificates.authorities has the certificate's authority", `clientCertificates.${names}`],
  };
}
