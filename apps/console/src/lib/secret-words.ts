import type { SecretRow } from "@/lib/rows";

/** What each type of secret is called. */
export const SECRET_TYPE_WORDS = {
  client_secret: "Client secret",
  private_key: "Private key",
  client_certificate: "Client certificate and its key",
} as const satisfies Record<SecretRow["type"], string>;
