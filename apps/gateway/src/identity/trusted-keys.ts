import type { Ed25519PublicJwk } from "@sallyport/snapshot";
import { calculateJwkThumbprint } from "jose";

/** Those of `offered` whose own RFC 7638 thumbprint, calculated here, is among `thumbprints`. A `kid` is only a label. */
export async function keysWithThumbprints(offered: readonly Ed25519PublicJwk[], thumbprints: readonly string[]): Promise<Ed25519PublicJwk[]> {
  const kept: Ed25519PublicJwk[] = [];
  for (const key of offered) {
    const thumbprint = await calculateJwkThumbprint({ kty: key.kty, crv: key.crv, x: key.x });
    if (thumbprints.includes(thumbprint)) kept.push({ ...key, kid: thumbprint });
  }
  return kept;
}
