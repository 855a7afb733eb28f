import type { ClientCertificatesSpec } from "@sallyport/snapshot";
import type { Certificate } from "../x509/certificate.js";

type Within = NonNullable<ClientCertificatesSpec["within"]>;

const isBelow = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

const DOMAIN_OF: Readonly<Record<"dns" | "email", (name: string) => string>> = {
  dns: (name) => name.toLowerCase(),
  email: (name) => name.slice(name.lastIndexOf("@") + 1).toLowerCase(),
};

/** Every name of the kind must be within, and there must be one: a certificate with names of two tenants is within neither. */
export function isWithin(within: Within | null, { names, organizationalUnits }: Certificate): boolean {
  if (within === null) return true;
  const { kind, value } = within;
  switch (kind) {
    case "organizational_unit":
      return organizationalUnits.length === 1 && organizationalUnits[0] === value;
    case "uri":
      return names.uri.length > 0 && names.uri.every((uri) => uri.startsWith(value));
    case "dns":
    case "email":
      return names[kind].length > 0 && names[kind].every((name) => isBelow(DOMAIN_OF[kind](name), value));
    default:
      return kind satisfies never;
  }
}

/** Whether no certificate can be within both. Of two kinds one certificate could satisfy each. */
export function areDisjoint(a: Within | null, b: Within | null): boolean {
  if (a === null || b === null || a.kind !== b.kind) return false;
  switch (a.kind) {
    case "organizational_unit":
      return a.value !== b.value;
    case "uri":
      return !a.value.startsWith(b.value) && !b.value.startsWith(a.value);
    case "dns":
    case "email":
      return !isBelow(a.value, b.value) && !isBelow(b.value, a.value);
    default:
      return a.kind satisfies never;
  }
}
