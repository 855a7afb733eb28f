import type { identityProviderSpec } from "@sallyport/snapshot";
import type { z } from "zod";

type Mapping = NonNullable<z.input<typeof identityProviderSpec>["claimMapping"]>;

/** A value of ours that is entered at the provider. */
export type Given = "audience" | "callback" | "logout";

/** What somebody does at a provider of this make, and what the form begins with. */
export interface Vendor {
  readonly id: string;
  readonly name: string;
  /** What an issuer looks like; what stands in <> is theirs. */
  readonly issuer: string;
  /** Where the issuer is found, and what its spelling depends on. */
  readonly issuerHint: string;
  readonly give: readonly Given[];
  readonly steps: readonly string[];
  /** What `aud` is, where it is not the audience that we give. */
  readonly audienceHint: string;
  readonly mapping: Mapping;
  /** The name says what it can do, and not who makes it. */
  readonly isGeneric?: boolean;
  /** Its tokens say nothing themselves: it is asked about each (RFC 7662). */
  readonly isAsked?: boolean;
}

const OUR_AUDIENCE = "The identifier that you entered at the provider; one a line";
const STANDARD: Mapping = {};

/** Guides, the widespread providers first. Their consoles change: names of pages are as of 2026. */
export const VENDORS: readonly Vendor[] = [
  {
    id: "entra",
    name: "Microsoft Entra ID",
    issuer: "https://login.microsoftonline.com/<directory-id>/v2.0",
    issuerHint: "With the Directory (tenant) ID of the registration’s overview, and /v2.0 at the end",
    give: ["callback", "logout"],
    steps: [
      "In the Entra admin center open App registrations, New registration. Choose accounts in this directory only.",
      "Under Expose an API set the Application ID URI and add a scope, such as access.",
      "Under Manifest set api.requestedAccessTokenVersion to 2. Without it tokens have the issuer sts.windows.net.",
      "Under App roles add the roles that your people have here, and assign them in Enterprise applications.",
      "Copy Application (client) ID and Directory (tenant) ID from the overview.",
    ],
    audienceHint: "The Application (client) ID: version 2 tokens have it in aud, not the Application ID URI",
    mapping: { scopes: "scp", organization: "tid" },
  },
  {
    id: "okta",
    name: "Okta",
    issuer: "https://<your-org>.okta.com/oauth2/<server-id>",
    issuerHint: "The Issuer URI of the authorization server. Without /oauth2/… it is the org’s own, whose tokens are for Okta alone",
    give: ["audience", "callback", "logout"],
    steps: [
      "In the admin console open Security, API, Authorization Servers, and add one, or open default.",
      "Set its Audience to the value below.",
      "Under Access Policies add a policy and a rule that let your application in.",
      "Under Claims add groups to the access token, of type Groups, with the filter that fits.",
      "Copy the Issuer URI.",
    ],
    audienceHint: OUR_AUDIENCE,
    mapping: { scopes: "scp", roles: "groups" },
  },
  {
    id: "auth0",
    name: "Auth0",
    issuer: "https://<tenant>.<region>.auth0.com/",
    issuerHint: "The Domain of your application, with https:// and a slash at the end; your custom domain where you have one",
    give: ["audience", "callback", "logout"],
    steps: [
      "In the dashboard open Applications, APIs, Create API.",
      "Set its Identifier to the value below, and the signing algorithm to RS256.",
      "Switch on Enable RBAC and Add Permissions in the Access Token.",
      "Let your application ask for this API: with audience=<identifier> in its request, tokens are JWTs; without it they are opaque.",
    ],
    audienceHint: OUR_AUDIENCE,
    mapping: { roles: "permissions", organization: "org_id" },
  },
  {
    id: "google",
    name: "Google",
    issuer: "https://accounts.google.com",
    issuerHint: "The same for everybody: the audience, and the claim hd, tell you apart",
    give: ["callback"],
    steps: [
      "In the Google Cloud console open Google Auth Platform, Clients, Create client, of type Web application.",
      "Add the redirect URI below.",
      "Send ID tokens to us: Google’s access tokens are opaque to everybody else.",
      "Copy the Client ID. For your Workspace alone, require the claim hd with your domain.",
    ],
    audienceHint: "The Client ID, which ends in .apps.googleusercontent.com",
    mapping: { roles: null, scopes: null, organization: "hd", sessionId: null },
  },
  {
    id: "keycloak",
    name: "Keycloak",
    issuer: "https://<host>/realms/<realm>",
    issuerHint: "Realm settings, OpenID Endpoint Configuration, issuer. Versions before 17 have /auth before /realms",
    give: ["audience", "callback", "logout"],
    steps: [
      "In your realm open Client scopes and create one, such as gateway, of type Default.",
      "In it open Mappers, Add mapper, Audience. Put the value below into Included Custom Audience, and switch on Add to access token.",
      "Add the scope to your client, under Client scopes.",
    ],
    audienceHint: OUR_AUDIENCE,
    mapping: { roles: "/realm_access/roles" },
  },
  {
    id: "ping",
    name: "Ping Identity",
    issuer: "https://auth.pingone.com/<environment-id>/as",
    issuerHint: "PingOne: the Issuer of your environment’s OIDC settings; .eu, .ca or .asia by region. PingFederate: its base URL",
    give: ["audience", "callback", "logout"],
    steps: [
      "In PingOne open Applications, Resources, and add a custom resource.",
      "Set its Audience to the value below, and add the scopes that your routes ask for.",
      "Under Attributes map roles to what your people have, such as group names.",
      "In your application open Resources, and allow the scopes.",
    ],
    audienceHint: OUR_AUDIENCE,
    mapping: STANDARD,
  },
  {
    id: "oidc",
    name: "Another OpenID provider",
    issuer: "https://login.example.com",
    issuerHint: "Byte for byte as in the token’s iss; /.well-known/openid-configuration below it must answer",
    give: ["audience", "callback", "logout"],
    steps: [
      "Make an API, a resource or a client there, and give it the audience below.",
      "Have access tokens signed with RS256, PS256, ES256 or EdDSA; HS256 is never accepted.",
      "Copy its issuer, or the address of its discovery document.",
    ],
    audienceHint: OUR_AUDIENCE,
    mapping: STANDARD,
    isGeneric: true,
  },
  {
    id: "introspection",
    name: "OAuth server that is asked (introspection)",
    issuer: "https://login.example.com",
    issuerHint: "What it calls itself; its discovery document may name the introspection endpoint",
    give: ["audience"],
    steps: [
      "Make a confidential client there for us, and let it call the introspection endpoint (RFC 7662).",
      "Copy the endpoint, the client ID and the client secret.",
      "Every token that we have not seen in the last 30 s is asked about: while the server is away, requests are refused.",
    ],
    audienceHint: "What the answer’s aud holds, where it has one",
    mapping: STANDARD,
    isGeneric: true,
    isAsked: true,
  },
];

const BY_ISSUER: readonly (readonly [RegExp, string])[] = [
  [/^https:\/\/(?:login\.microsoftonline\.com|sts\.windows\.net)\//, "entra"],
  [/^https:\/\/[^/]+\.(?:okta|oktapreview|okta-emea)\.com(?:\/|$)/, "okta"],
  [/^https:\/\/[^/]+\.auth0\.com\/?$/, "auth0"],
  [/^https:\/\/accounts\.google\.com\/?$/, "google"],
  [/\/realms\/[^/]+$/, "keycloak"],
  [/^https:\/\/auth\.pingone\./, "ping"],
];

/** The guide that fits a provider that is registered. */
export function vendorOf({ issuer, introspection }: { readonly issuer: string; readonly introspection: unknown }): Vendor {
  const id = introspection === null ? (BY_ISSUER.find(([pattern]) => pattern.test(issuer))?.[1] ?? "oidc") : "introspection";
  return vendorById(id);
}

/** @throws Error for an id that is none: they come from the table itself */
export function vendorById(id: string): Vendor {
  const vendor = VENDORS.find((each) => each.id === id);
  if (vendor === undefined) throw new Error(`There is no guide ${id}.`);
  return vendor;
}
