import { lookup } from "node:dns/promises";

/** Name → addresses, in the order of preference. Rejects with a DNS error code (`ENOTFOUND`, …). */
export type Resolver = (hostname: string) => Promise<readonly { readonly address: string; readonly family: 4 | 6 }[]>;

/** The system's resolver, `/etc/hosts` included. */
export const systemResolver: Resolver = async (hostname) => {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};
