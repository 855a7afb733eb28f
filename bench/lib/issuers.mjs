import { createTokenMint, listen } from "@sallyport/testkit";

/**
 * Identity providers as far as a gateway sees them: a JWK Set each, below one address.
 * @param {{ count?: number, alg?: "RS256" | "ES256" }} options
 */
export async function startIssuers({ count = 1, alg = "RS256" } = {}) {
  const mints = Array.from({ length: count }, () => createTokenMint({ alg }));
  const sets = mints.map((mint) => JSON.stringify(mint.jwks()));
  const running = await listen((request, response) => {
    const found = /^\/(\d+)\/jwks$/.exec(request.url ?? "");
    const set = found === null ? undefined : sets[Number(found[1])];
    if (set === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/json", "content-length": set.length }).end(set);
  });
  return {
    issuers: mints.map((mint, index) => ({ mint, issuer: `${running.url}/${index}` })),
    close: running.close,
  };
}
