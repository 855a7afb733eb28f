import type { CompiledIdentityProvider } from "../compiled.js";
import { type NearMiss, near } from "./near-miss.js";
import type { SeenToken } from "./seen-token.js";

const withoutSlash = (issuer: string): string => issuer.replace(/\/+$/, "");
const withoutScheme = (issuer: string): string => issuer.replace(/^https?:/, "");

/** Microsoft Entra's directory of an issuer, and the version of its tokens; null for other issuers. */
function entraOf(issuer: string): { readonly directory: string; readonly version: 1 | 2 } | null {
  const first = /^https:\/\/sts\.windows\.net\/([0-9a-f-]{36})\/?$/i.exec(issuer)?.[1];
  if (first !== undefined) return { directory: first.toLowerCase(), version: 1 };
  const second = /^https:\/\/login\.microsoftonline\.com\/([0-9a-f-]{36})\/v2\.0\/?$/i.exec(issuer)?.[1];
  return second === undefined ? null : { directory: second.toLowerCase(), version: 2 };
}

/** The issuer is none of the route's, and almost one of them. */
export function nearIssuer({ issuer, route, tenant }: SeenToken): NearMiss[] {
  if (issuer === null || route === null || route.identityProviders.has(issuer)) return [];
  const own = [...tenant.identityProviders.values()].find((idp) => idp.issuer === issuer);
  if (own !== undefined)
    return [
      near(
        "issuer_not_of_route",
        `The token is of ${own.name}, which the route ${route.name} does not take. Add it to the route's identity providers.`,
      ),
    ];
  for (const idp of route.candidates) {
    const found = differenceOf(issuer, idp);
    if (found !== null) return [found];
  }
  return [];
}

function differenceOf(issuer: string, { issuer: expected, name }: CompiledIdentityProvider): NearMiss | null {
  const both = `The token says ${JSON.stringify(issuer)}, and ${name} has ${JSON.stringify(expected)}`;
  const [has, wants] = [entraOf(issuer), entraOf(expected)];
  if (has !== null && wants !== null && has.directory === wants.directory && has.version !== wants.version)
    return near(
      "issuer_entra_version",
      `${both}: the same directory, but tokens of v${has.version}. Set requestedAccessTokenVersion of the application to ${wants.version}, or register the issuer of v${has.version}.`,
    );
  if (withoutSlash(issuer) === withoutSlash(expected))
    return near("issuer_trailing_slash", `${both}: they differ by a slash at the end. Register the issuer exactly as the token has it.`);
  if (withoutScheme(issuer) === withoutScheme(expected))
    return near("issuer_scheme", `${both}: http and https are two issuers. Register the issuer exactly as the token has it.`);
  if (issuer.toLowerCase() === expected.toLowerCase())
    return near("issuer_case", `${both}: they differ in capital letters, which count. Register the issuer exactly as the token has it.`);
  return null;
}
