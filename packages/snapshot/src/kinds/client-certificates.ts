import { z } from "zod";
import { headerName, setOf } from "../names.js";
import { canonicalCertificates, certificatesIn, isCertificates } from "../pem.js";

/** Kinds of names in a certificate's subjectAltName that can say who calls. */
export const CERTIFICATE_NAMES = ["uri", "dns", "email"] as const;
export type CertificateName = (typeof CERTIFICATE_NAMES)[number];

const MAX_AUTHORITIES = 20;
/** Certificates of authorities, PEM, one after the other: parsed to one form in one order, so that one configuration has one hash. */
const authorities = z
  .string()
  .max(131_072)
  .refine(isCertificates, "write certificates as PEM and nothing else: -----BEGIN CERTIFICATE----- …")
  .transform((text) => [...new Set(certificatesIn(text).map(canonicalCertificates))].sort())
  .refine((certificates) => certificates.length <= MAX_AUTHORITIES, `name at most ${MAX_AUTHORITIES} authorities`)
  .transform((certificates) => certificates.join(""));

/** Under what a certificate's names must stand; what tells the tenants of one authority apart. */
const namesWithin = z
  .strictObject({
    /** `uri`: begins with `value`, which ends in `/`. `dns`, `email`: the domain `value`, or one below it. `organizational_unit`: equals `value`. */
    kind: z.enum([...CERTIFICATE_NAMES, "organizational_unit"]),
    value: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, "use printable ASCII characters"),
  })
  .refine(({ kind, value }) => kind !== "uri" || /^[a-z][a-z0-9+.-]*:\/\/\S+\/$/.test(value), {
    path: ["value"],
    message: "write the beginning of a URI with '/' at its end, such as spiffe://acme.example/",
  })
  .refine(({ kind, value }) => (kind !== "dns" && kind !== "email") || /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(value), {
    path: ["value"],
    message: "write a domain in lower case, such as acme.example",
  });

/** Which client certificates a tenant takes, and whom they name (mutual TLS). */
export const clientCertificatesSpec = z
  .strictObject({
    /** Authorities whose certificates count: trust anchors, each for itself. Nothing above them is looked at. */
    authorities,
    /** The name that becomes the caller's subject; a certificate must have exactly one of it. */
    subject: z.enum([...CERTIFICATE_NAMES, "common_name"]).default("uri"),
    /** Every name of this kind must be within it. Tenants that share an authority each need one, and none may contain another's. */
    within: namesWithin.nullable().default(null),
    /** What each of these callers may do. */
    roles: setOf(z.string().min(1).max(128), 50).default([]),
    scopes: setOf(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, "an OAuth scope has no blanks, quotes or backslashes"), 50).default([]),
  })
  .meta({ id: "ClientCertificatesSpec" });
export type ClientCertificatesSpec = z.output<typeof clientCertificatesSpec>;

/** Forms in which proxies that end TLS hand a client's certificate on. */
export const CERTIFICATE_HEADER_FORMATS = ["rfc9440", "url_encoded_pem"] as const;

/** The header in which trusted proxies hand the client's certificate on. They must overwrite what a client sends under its name. */
export const certificateHeader = z.strictObject({
  name: headerName.default("Client-Cert"),
  /**
   * `rfc9440`: `:<base64 of the DER>:`, and what leads from it to its authority in `<name>-Chain`. `url_encoded_pem`: nginx's
   * `$ssl_client_escaped_cert`, further blocks after the first being the intermediates.
   */
  format: z.enum(CERTIFICATE_HEADER_FORMATS).default("rfc9440"),
});
