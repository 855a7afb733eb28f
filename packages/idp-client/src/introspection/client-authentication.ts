import { randomUUID } from "node:crypto";
import type { ClientAuthentication } from "@sallyport/snapshot";
import { importJWK, importPKCS8, type JWTPayload, SignJWT } from "jose";
import { z } from "zod";

/** The value of a tenant's secret by name; null where this node does not have it. */
export type SecretOf = (tenant: string, name: string) => string | null;

/** What a call carries to prove who we are, beside the form of the call itself. */
type ClientProof =
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>>; readonly form: Readonly<Record<string, string>> }
  /** One sentence without anything of the secret in it. */
  | { readonly ok: false; readonly detail: string };

export interface ClientProver {
  prove(client: ClientAuthentication, about: { readonly tenant: string; readonly issuer: string; readonly nowMs: number }): Promise<ClientProof>;
}

type PrivateKey = Awaited<ReturnType<typeof importJWK>>;

/** RFC 7523 §3 wants an end; the shorter, the less a copy is worth. */
const ASSERTION_SECONDS = 60;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** RFC 6749 Appendix B. */
const formEncode = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);

const privateJwk = z.looseObject({ kty: z.enum(["RSA", "EC", "OKP"]), d: z.string().min(1) });

async function importPrivateKey(text: string, algorithm: string): Promise<PrivateKey | null> {
  try {
    if (!text.trimStart().startsWith("{")) return await importPKCS8(text, algorithm);
    const jwk = privateJwk.safeParse(JSON.parse(text));
    return jwk.success ? await importJWK({ ...jwk.data }, algorithm) : null;
  } catch {
    // What the library says of a key can quote it.
    return null;
  }
}

/**
 * Proves to an identity provider who we are, in the way that its settings name. One of these belongs to one configuration of one IdP:
 * it keeps the imported key until the secret's value changes.
 */
export function createClientProver(secrets: SecretOf): ClientProver {
  let imported: { readonly text: string; readonly algorithm: string; readonly key: PrivateKey | null } | null = null;

  const keyOf = async (text: string, algorithm: string): Promise<PrivateKey | null> => {
    if (imported?.text !== text || imported.algorithm !== algorithm) imported = { text, algorithm, key: await importPrivateKey(text, algorithm) };
    return imported.key;
  };

  return {
    async prove(client, { tenant, issuer, nowMs }) {
      const name = client.method === "private_key_jwt" ? client.key : client.secret;
      const secret = secrets(tenant, name);
      if (secret === null) return { ok: false, detail: `this node does not have the secret ${name} of ${tenant}` };
      switch (client.method) {
        case "client_secret_basic": {
          const pair = `${formEncode(client.clientId)}:${formEncode(secret)}`;
          return { ok: true, headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }, form: {} };
        }
        case "client_secret_post":
          return { ok: true, headers: {}, form: { client_id: client.clientId, client_secret: secret } };
        case "private_key_jwt": {
          const key = await keyOf(secret, client.algorithm);
          const unusable = { ok: false, detail: `the secret ${name} of ${tenant} is no private key for ${client.algorithm}` } as const;
          if (key === null) return unusable;
          const now = Math.floor(nowMs / 1_000);
          // RFC 7523 §3, and only the issuer as audience: an assertion that names the endpoint could be made for somebody else's.
          const claims: JWTPayload = {
            iss: client.clientId,
            sub: client.clientId,
            aud: issuer,
            jti: randomUUID(),
            iat: now,
            exp: now + ASSERTION_SECONDS,
          };
          try {
            const header = { alg: client.algorithm, ...(client.kid === null ? {} : { kid: client.kid }) };
            const assertion = await new SignJWT(claims).setProtectedHeader(header).sign(key);
            return {
              ok: true,
              headers: {},
              form: { client_id: client.clientId, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion },
            };
          } catch {
            return unusable;
          }
        }
        default:
          return client satisfies never;
      }
    },
  };
}
