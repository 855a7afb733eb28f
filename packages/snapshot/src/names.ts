import { z } from "zod";

/** The highest schema version that this build writes; readers accept it and the one before (DESIGN §3: N−1 skew both ways). */
export const SCHEMA_VERSION = 1;

/** `apiVersion` of every declarative document. */
export const API_VERSION = "sallyport.dev/v1";

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A tenant's slug: one DNS label, because it is also a subdomain. Compared byte for byte. */
export const tenantSlug = z
  .string()
  .regex(LABEL, "use 1–63 of a–z, 0–9 and '-', with a letter or digit at both ends")
  .refine((slug) => !slug.startsWith("xn--"), "must not begin with 'xn--'")
  .meta({ id: "TenantSlug", examples: ["acme"] });

/** Name of any other object; what references use. Immutable after creation. */
export const entityName = z
  .string()
  .regex(LABEL, "use 1–63 of a–z, 0–9 and '-', with a letter or digit at both ends")
  .meta({ id: "EntityName", examples: ["main"] });

/** A host in canonical form: lower case, A-labels (RFC 5891), no port, no trailing dot. */
export const hostname = z
  .string()
  .max(253, "a host name has at most 253 characters")
  .regex(
    /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
    "write the host in lower case without scheme, port or trailing dot; international names as A-labels (xn--…)",
  )
  .meta({ id: "Hostname", examples: ["api.acme.example"] });

/** An HTTP field name that is safe towards every upstream (SECURITY §1.7: no `_`, no exotic token characters). */
export const headerName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "use letters, digits and '-' only, beginning with a letter");

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function isCidr(text: string): boolean {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  const width = Number(bits);
  return address.includes(":") ? z.ipv6().safeParse(address).success && width <= 128 : IPV4.test(address) && width <= 32;
}

/** An address range, `10.0.0.0/8` or `fd00::/8`. */
export const cidr = z.string().max(49).refine(isCidr, "write a range such as 10.0.0.0/8 or fd00::/8").meta({ id: "Cidr" });

/** SHA-256 in lower-case hex. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits");

/**
 * A list that means a set: parsed to sorted, unique form, so that one configuration has one canonical form
 * however its author ordered it.
 */
export function setOf<T extends z.ZodType<string>>(member: T, max = 100) {
  return z
    .array(member)
    .max(max)
    .transform((members) => [...new Set(members)].sort() as z.output<T>[]);
}
