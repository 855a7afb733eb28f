import { acceptanceKey } from "../compiled.js";
import { type NearMiss, near } from "./near-miss.js";
import type { SeenToken } from "./seen-token.js";

const MAX_LOOKED_AT = 8;
/** Claims in which providers name the client that a token was given to. */
const CLIENT_CLAIMS = ["azp", "client_id", "cid", "appid"];
const plain = (audience: string): string => audience.toLowerCase().replace(/\/+$/, "");

/** The issuer is right and the audience is not, or the algorithm. */
export function nearAudience(seen: SeenToken): NearMiss[] {
  const { idp, token, audiences, compiled, issuer } = seen;
  if (idp === null || issuer === null) return [];
  if (!idp.algorithms.has(token.header.algorithm)) {
    const why = `The token is signed with ${token.header.algorithm}, and ${idp.name} allows ${[...idp.algorithms].join(", ")}.`;
    return [near("algorithm_not_allowed", `${why} Switch the algorithm on at the identity provider, or have it sign with another.`)];
  }
  if (audiences.some((audience) => idp.audiences.has(audience))) return [];
  const looked = audiences.slice(0, MAX_LOOKED_AT);
  for (const audience of looked) {
    const other = (compiled.acceptances.get(acceptanceKey(issuer, audience)) ?? []).find(({ tenant }) => tenant !== idp.tenant);
    if (other !== undefined)
      return [
        near(
          "audience_of_other_tenant",
          `The audience ${JSON.stringify(audience)} is that of another tenant at the same issuer. Ask for a token of this tenant's audience: ${listed(idp.audiences)}.`,
          { tenant: other.tenant, identityProvider: other.name },
        ),
      ];
  }
  const clients = new Set([
    idp.spec.login?.client.clientId,
    ...CLIENT_CLAIMS.map((name) => (Object.hasOwn(token.claims, name) ? token.claims[name] : undefined)),
  ]);
  const client = looked.find((audience) => clients.has(audience));
  if (client !== undefined)
    return [
      near(
        "audience_is_client_id",
        `The audience ${JSON.stringify(client)} is the client's own id: this looks like an ID token, or like one that was asked for without a resource. Send the access token for ${listed(idp.audiences)}.`,
      ),
    ];
  const accepted = new Map([...idp.audiences].map((audience) => [plain(audience), audience]));
  const twin = looked.find((audience) => accepted.has(plain(audience)));
  if (twin === undefined) return [];
  const expected = JSON.stringify(accepted.get(plain(twin)));
  return [
    near(
      "audience_spelling",
      `The audience ${JSON.stringify(twin)} differs from ${expected} in capital letters or a slash at the end, which count. Register it as the token has it.`,
    ),
  ];
}

const listed = (audiences: ReadonlySet<string>): string => [...audiences].map((audience) => JSON.stringify(audience)).join(" or ");
