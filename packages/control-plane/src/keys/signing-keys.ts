import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { FleetTransaction, Prisma } from "@sallyport/data";
import { type Ed25519PublicJwk, ed25519PublicJwk } from "@sallyport/snapshot";
import { calculateJwkThumbprint } from "jose";
import { z } from "zod";
import type { ControlPlaneDeps } from "../deps.js";
import type { SecretBox, SecretPlace } from "../secrets/sealed.js";

/** The key that signs now. */
export interface Signer {
  /** RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly publicJwk: Ed25519PublicJwk;
  readonly privateKey: KeyObject;
}

/** The control plane's Ed25519 keys: they sign revisions, nodes pin them. */
export interface SigningKeys {
  /** Makes the first key when there is none. The caller holds the installation's lock. */
  ensure(tx: FleetTransaction): Promise<void>;
  /** @throws Error when the installation has no active key, or the master key is another one. */
  active(): Promise<Signer>;
  /** Opens the active key anew, whatever is remembered. @throws Error as `active` does */
  prove(): Promise<void>;
  /** Keys that nodes should trust, the signing one first; two while a rotation is under way. */
  trusted(): Promise<Ed25519PublicJwk[]>;
}

const placeOf = (kid: string): SecretPlace => ({ table: "signing_key", row: kid, column: "private_key" });
const privateJwk = z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() });

type SigningKey = Prisma.SigningKeyGetPayload<Record<never, never>>;

export function createSigningKeys(deps: ControlPlaneDeps, secrets: SecretBox): SigningKeys {
  let signer: Signer | null = null;

  async function activeRow(): Promise<SigningKey> {
    const row = await deps.data.fleet.signingKey.findFirst({ where: { status: "active" }, orderBy: { createdAt: "desc" } });
    if (row === null) throw new Error("The installation has no signing key yet; start the control plane once, it makes one.");
    return row;
  }
  function open(row: SigningKey): Signer {
    const opened = secrets.open({ bytes: Buffer.from(row.privateKey), keyId: row.wrappingKeyId }, placeOf(row.kid));
    const jwk = privateJwk.parse(JSON.parse(opened));
    return { kid: row.kid, publicJwk: ed25519PublicJwk.parse(row.publicJwk), privateKey: createPrivateKey({ key: jwk, format: "jwk" }) };
  }

  return {
    async ensure(tx) {
      if ((await tx.signingKey.count({ where: { status: "active" } })) > 0) return;
      const jwk = privateJwk.parse(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
      const publicHalf = { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
      const kid = await calculateJwkThumbprint(publicHalf);
      const sealed = secrets.seal(JSON.stringify(jwk), placeOf(kid));
      await tx.signingKey.create({
        data: {
          kid,
          publicJwk: ed25519PublicJwk.parse({ ...publicHalf, kid }),
          privateKey: new Uint8Array(sealed.bytes),
          wrappingKeyId: sealed.keyId,
          status: "active",
        },
      });
    },
    async active() {
      const row = await activeRow();
      if (signer?.kid === row.kid) return signer;
      signer = open(row);
      return signer;
    },
    async prove() {
      open(await activeRow());
    },
    async trusted() {
      const rows = await deps.data.fleet.signingKey.findMany({ where: { status: { in: ["active", "next"] } }, orderBy: { createdAt: "desc" } });
      return rows.sort((a, b) => (a.status < b.status ? -1 : a.status > b.status ? 1 : 0)).map((row) => ed25519PublicJwk.parse(row.publicJwk));
    },
  };
}
