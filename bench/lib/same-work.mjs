import { rawRequest } from "@sallyport/testkit";
import { BASE_DOMAIN } from "./sections.mjs";
import { claimsOf, requestBytes } from "./tokens.mjs";

const host = `acme.${BASE_DOMAIN}`;

/**
 * Refuses to measure a target that does less than the others: good tokens pass with the identity set and a spoofed one removed,
 * bad ones are refused.
 * @param {{ name: string, port: number }} target
 * @param {import("@sallyport/testkit").TokenMint} mint
 * @param {string} issuer
 */
export async function requireSameWork({ name, port }, mint, issuer) {
  const claims = claimsOf(issuer, 1);
  const good = mint.sign(claims);
  const forged = `${good.slice(0, good.lastIndexOf("."))}.${mint.signatureOf("something else")}`;
  const refused = {
    "no token": undefined,
    "a forged signature": forged,
    "another issuer": mint.sign({ ...claims, iss: "https://issuer.example" }),
    "another audience": mint.sign({ ...claims, aud: "https://other.example" }),
    "an expired token": mint.sign({ ...claims, exp: claims.iat - 3_600 }),
  };
  for (const [what, token] of Object.entries(refused)) {
    const { status } = await rawRequest({ port, bytes: requestBytes({ host, ...(token === undefined ? {} : { token }) }) });
    if (status !== 401) throw new Error(`${name} answered ${status} to ${what}, not 401`);
  }
  const spoofing = requestBytes({ host, path: "/seen", token: good }).replace("\r\n\r\n", "\r\nX-User-Id: root\r\nX-Tenant-Id: other\r\n\r\n");
  const { status, body } = await rawRequest({ port, bytes: spoofing });
  const seen = body.toLowerCase().split("\r\n");
  const identity = seen.filter((line) => /^x-(?:user|tenant)-id:/.test(line)).sort();
  if (status !== 200 || identity.join() !== "x-tenant-id: acme,x-user-id: user-1")
    throw new Error(`${name}: the upstream saw ${JSON.stringify(identity)} (status ${status})`);
}
