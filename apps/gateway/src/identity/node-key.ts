import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { type Ed25519PublicJwk, ed25519PublicJwk } from "@sallyport/snapshot";
import { calculateJwkThumbprint } from "jose";
import { z } from "zod";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";

/** The node's own Ed25519 key. The private half never leaves the node. */
export interface NodeKey {
  readonly privateKey: KeyObject;
  /** With its RFC 7638 thumbprint as `kid`. */
  readonly publicJwk: Ed25519PublicJwk;
}

/** As it stands in a file. */
export const storedNodeKey = z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() });

export const nodeKeyPath = (keyDir: string): string => join(keyDir, "node-key.json");
export const nodeKeyText = ({ privateKey }: NodeKey): string => `${JSON.stringify(storedNodeKey.parse(privateKey.export({ format: "jwk" })))}\n`;

export const makeNodeKey = (): Promise<NodeKey> =>
  nodeKeyOf(storedNodeKey.parse(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })));

/**
 * The key in `<keyDir>/node-key.json` (mode 0600), made at the first start.
 * @throws Error with one clear sentence when the file is there but is no such key: a new key would be a new node.
 */
export async function loadNodeKey(keyDir: string): Promise<NodeKey> {
  const path = nodeKeyPath(keyDir);
  const text = await readIfThere(path);
  if (text === null) {
    const made = await makeNodeKey();
    await writeAtomically(path, nodeKeyText(made));
    return made;
  }
  const parsed = storedNodeKey.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${path} is not a node's key: restore it, or empty the folder and enrol the node anew`);
  return nodeKeyOf(parsed.data);
}

export async function nodeKeyOf(jwk: z.output<typeof storedNodeKey>): Promise<NodeKey> {
  const publicPart = { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
  return {
    privateKey: createPrivateKey({ key: jwk, format: "jwk" }),
    publicJwk: ed25519PublicJwk.parse({ ...publicPart, kid: await calculateJwkThumbprint(publicPart) }),
  };
}
