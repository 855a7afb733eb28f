import { z } from "zod";

/** What a secret is used as; a value must have the form that goes with it. */
export const SECRET_TYPES = ["client_certificate", "client_secret", "private_key"] as const;
export type SecretType = (typeof SECRET_TYPES)[number];

/**
 * A secret of a tenant, as it is declared: facts about it. Its value is in no spec, no section and no answer; it is set by itself,
 * and travels to nodes encrypted (DESIGN §3).
 */
export const secretSpec = z
  .strictObject({
    /**
     * `client_secret`: the text of RFC 6749 §2.3.1. `private_key`: PEM (PKCS #8), with which the gateway signs for
     * itself. `client_certificate`: PEM of a certificate, those that vouch for it, and its private key (PKCS #8), for mutual TLS to upstreams.
     */
    type: z.enum(SECRET_TYPES).default("client_secret"),
  })
  .meta({ id: "SecretSpec" });
export type SecretSpec = z.output<typeof secretSpec>;

/** A secret's value on its way in. Its form is checked by its type, in the control plane. */
export const secretValue = z.string().min(1, "is empty; give the secret's value").max(16_384, "is longer than any secret of this kind");

/** Where an author's machine has the value; the CLI reads it there and sends it. */
export const secretSource = z.union([
  z.strictObject({
    /** Name of an environment variable. */
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "write the name of an environment variable"),
  }),
  z.strictObject({
    /** Path of a file; a relative one begins in the folder of the document's own file. */
    file: z.string().min(1).max(4_096),
  }),
]);
export type SecretSource = z.output<typeof secretSource>;

/** As it stands in a declarative file. Without `valueFrom` the value that is set stays. */
export const authoredSecretSpec = secretSpec.extend({ valueFrom: secretSource.optional() }).meta({ id: "AuthoredSecretSpec" });

/** As it is sent to the control plane. Without `value` the value that is set stays. */
export const sentSecretSpec = secretSpec.extend({ value: secretValue.optional() }).meta({ id: "SentSecretSpec" });
