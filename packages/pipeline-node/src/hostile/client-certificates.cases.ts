import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { type CertificateRequest, issueCertificate, type TestCertificate } from "@sallyport/testkit";
import { acmeMint, bearer } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, issuerOf, NOW, tenant } from "../testing/fleet.fixture.js";
import type { HostileCase, HostileTable, Sent } from "../testing/hostile-case.js";

const DAY = 86_400_000;
const around = { notBefore: NOW - DAY, notAfter: NOW + DAY };
const authorityOf = (commonName: string, more: Partial<CertificateRequest> = {}): TestCertificate =>
  issueCertificate({ commonName, ca: true, keyUsage: ["keyCertSign", "cRLSign"], ...around, ...more });
const clientOf = (issuer: TestCertificate, more: Partial<CertificateRequest> = {}): TestCertificate =>
  issueCertificate({
    ...{ commonName: "payments", uris: ["spiffe://acme.example/payments"], issuer, ca: false, ...around },
    ...{ keyUsage: ["digitalSignature"], extendedKeyUsage: ["clientAuth"], ...more },
  });

const acmeRoot = authorityOf("Acme Root");
const globexRoot = authorityOf("Globex Root");
const sharedRoot = authorityOf("Shared Root");
const strangerRoot = authorityOf("Stranger Root");
const pastRoot = authorityOf("Past Root", { notAfter: NOW - 1_000 });
const narrowRoot = authorityOf("Narrow Root", { ca: { pathLength: 0 } });
const intermediate = authorityOf("Acme Issuing", { issuer: acmeRoot, ca: { pathLength: 0 } });

const base64 = ({ cert }: TestCertificate): string => new X509Certificate(cert).raw.toString("base64");
const item = (certificate: TestCertificate): string => `:${base64(certificate)}:`;
const sent = (certificate: TestCertificate, ...more: readonly TestCertificate[]) => ({
  headers: [["Client-Cert", item(certificate)], ...(more.length === 0 ? [] : [["Client-Cert-Chain", more.map(item).join(", ")] as const])] as const,
});

const route = (authenticators: readonly string[], more: Record<string, unknown> = {}) => ({
  upstream: "main",
  authentication: { mode: "required", authenticators, ...more },
});
const trusting = (authorities: readonly TestCertificate[], more: Record<string, unknown> = {}) => ({
  authorities: authorities.map(({ cert }) => cert).join(""),
  ...more,
});
const acme = tenant("acme", {
  clientCertificates: trusting([acmeRoot, pastRoot, narrowRoot], { roles: ["service"], scopes: ["read"] }),
  routes: {
    main: route(["client_certificate"]),
    scoped: { ...route(["client_certificate"], { requiredScopes: ["write"] }), pathPrefix: "/scoped" },
    either: { ...route(["bearer", "client_certificate"]), pathPrefix: "/either" },
    optional: { upstream: "main", pathPrefix: "/optional", authentication: { mode: "optional", authenticators: ["client_certificate"] } },
    open: { upstream: "main", pathPrefix: "/open", authentication: { mode: "public" } },
  },
});
const onCertificates = { routes: { main: route(["client_certificate"]) } };
const within = (slug: string) => ({ within: { kind: "uri", value: `spiffe://${slug}.example/` } });
const tenants = [
  acme,
  tenant("globex", { clientCertificates: trusting([globexRoot], { subject: "common_name" }), ...onCertificates }),
  tenant("initech", { clientCertificates: trusting([sharedRoot], within("initech")), ...onCertificates }),
  tenant("umbrella", { clientCertificates: trusting([sharedRoot], within("umbrella")), ...onCertificates }),
  tenant("bare"),
];
/** The peer of these tests, and that of a socket on this machine. */
const peers = { trustedProxies: ["192.0.2.0/24", "127.0.0.0/8"] };
const snapshot = compiled(tenants, { ...peers, clientCertificateHeader: {} });
const escaped = compiled(tenants, { ...peers, clientCertificateHeader: { name: "X-Client-Cert", format: "url_encoded_pem" } });
const fromStrangers = compiled(tenants, { trustedProxies: ["203.0.113.0/24"], clientCertificateHeader: {} });
const unnamed = compiled(tenants, peers);

const good = clientOf(acmeRoot);
const ofShared = (...slugs: readonly string[]): TestCertificate =>
  clientOf(sharedRoot, { uris: slugs.map((slug) => `spiffe://${slug}.example/billing`) });

function demand({ upstreamHeaders }: Sent, name: string, ...values: string[]): void {
  const found = upstreamHeaders.filter((_, index) => index % 2 === 1 && upstreamHeaders[index - 1]?.toLowerCase() === name);
  assert.deepEqual(found, values);
}
const isFor = (subject: string) => (upstream: Sent) => {
  demand(upstream, "x-user-id", subject);
  demand(upstream, "client-cert");
  demand(upstream, "client-cert-chain");
  demand(upstream, "x-client-cert");
};
const payments = isFor("spiffe://acme.example/payments");
const INVALID = "invalid_client_certificate";
const ESCAPED = { compiled: escaped };

/** A path of as many authorities as asked for, each under the one before. */
function chainOf(length: number): TestCertificate[] {
  const chain = [acmeRoot];
  for (let index = 1; index <= length; index++) chain.push(authorityOf(`Level ${index}`, { issuer: chain.at(-1) ?? acmeRoot }));
  return chain.slice(1).reverse();
}
const deep = chainOf(3);
const endless = chainOf(9);

const cases: HostileCase[] = [
  {
    name: "a good certificate",
    ...sent(good),
    expect: "allow",
    upstream: (upstream) => {
      payments(upstream);
      demand(upstream, "x-user-roles", "service");
      demand(upstream, "x-token-scopes", "read");
      demand(upstream, "x-token-issuer");
    },
  },
  { name: "one under an intermediate that is sent along", ...sent(clientOf(intermediate), intermediate), expect: "allow", upstream: payments },
  { name: "a path of three intermediates, in any order", ...sent(clientOf(deep[0] ?? acmeRoot), ...[...deep].reverse()), expect: "allow" },
  { name: "one that comes with its root", ...sent(good, acmeRoot), expect: "allow", upstream: payments },
  { name: "one of Ed25519", ...sent(clientOf(acmeRoot, { keyType: "Ed25519" })), expect: "allow", upstream: payments },
  { name: "one of RSA", ...sent(clientOf(acmeRoot, { keyType: "RSA-2048" })), expect: "allow", upstream: payments },
  { name: "one that is good from this moment on", ...sent(clientOf(acmeRoot, { notBefore: NOW })), expect: "allow" },
  { name: "one that is good until this moment", ...sent(clientOf(acmeRoot, { notAfter: NOW })), expect: "allow" },
  { name: "none", expect: "missing_client_certificate" },
  { name: "an empty header", headers: [["Client-Cert", ""]], expect: "missing_client_certificate" },
  { name: "one that has expired", ...sent(clientOf(acmeRoot, { notAfter: NOW - 1_000 })), expect: INVALID },
  { name: "one that is not good yet", ...sent(clientOf(acmeRoot, { notBefore: NOW + 1_000 })), expect: INVALID },
  { name: "one for servers", ...sent(clientOf(acmeRoot, { extendedKeyUsage: ["serverAuth"] })), expect: INVALID },
  { name: "one for whatever one likes", ...sent(clientOf(acmeRoot, { extendedKeyUsage: ["any"] })), expect: INVALID },
  {
    name: "one that does not say what it is for",
    ...sent(issueCertificate({ issuer: acmeRoot, uris: ["spiffe://acme.example/payments"], ...around })),
    expect: INVALID,
  },
  { name: "one whose key may not sign", ...sent(clientOf(acmeRoot, { keyUsage: ["keyEncipherment"] })), expect: INVALID },
  { name: "an authority's own", ...sent(clientOf(acmeRoot, { ca: true, keyUsage: ["digitalSignature", "keyCertSign"] })), expect: INVALID },
  { name: "the root itself", ...sent(acmeRoot), expect: INVALID },
  { name: "one with a critical extension that nobody knows", ...sent(clientOf(acmeRoot, { unknownCriticalExtension: true })), expect: INVALID },
  { name: "one signed with SHA-1", ...sent(clientOf(acmeRoot, { hash: "sha1" })), expect: INVALID },
  { name: "one with an RSA key of 1,024 bits", ...sent(clientOf(acmeRoot, { keyType: "RSA-1024" })), expect: INVALID },
  { name: "one of an authority that nobody trusts", ...sent(clientOf(strangerRoot)), expect: INVALID },
  { name: "one that signs itself", ...sent(issueCertificate({ uris: ["spiffe://acme.example/payments"], ...around })), expect: INVALID },
  { name: "one of a root that only has the trusted one's name", ...sent(clientOf(authorityOf("Acme Root"))), expect: INVALID },
  { name: "that root sent along", ...sent(clientOf(authorityOf("Acme Root")), authorityOf("Acme Root")), expect: INVALID },
  { name: "one of an authority that has expired", ...sent(clientOf(pastRoot)), expect: INVALID },
  { name: "one whose intermediate is not sent", ...sent(clientOf(intermediate)), expect: INVALID },
  { name: "an intermediate that has expired", ...under({ notAfter: NOW - 1_000 }), expect: INVALID },
  { name: "an intermediate that is no authority", ...under({ ca: false }), expect: INVALID },
  { name: "an intermediate that does not say what it is", ...under({ ca: undefined }), expect: INVALID },
  { name: "an intermediate that may not sign certificates", ...under({ keyUsage: ["digitalSignature"] }), expect: INVALID },
  { name: "an intermediate for servers only", ...under({ extendedKeyUsage: ["serverAuth"] }), expect: INVALID },
  { name: "an intermediate signed with SHA-1", ...under({ hash: "sha1" }), expect: INVALID },
  { name: "a client that issues for others", ...sent(clientOf(good), good), expect: INVALID },
  {
    name: "more authorities below a root than it allows",
    ...(() => {
      const below = authorityOf("Below", { issuer: narrowRoot });
      return sent(clientOf(below), below);
    })(),
    expect: INVALID,
  },
  { name: "as many as it allows", ...sent(clientOf(narrowRoot)), expect: "allow" },
  {
    name: "a path that is longer than any",
    ...sent(clientOf(endless[0] ?? acmeRoot), ...endless),
    expect: INVALID,
  },
  {
    name: "a chain of 100 certificates",
    headers: [
      ["Client-Cert", item(good)],
      ["Client-Cert-Chain", Array.from({ length: 100 }, () => item(acmeRoot)).join(",")],
    ],
    expect: INVALID,
    onWire: { expect: "header_fields_too_large" },
  },
  {
    name: "two names where one names the caller",
    ...sent(clientOf(acmeRoot, { uris: ["spiffe://acme.example/a", "spiffe://acme.example/b"] })),
    expect: INVALID,
  },
  { name: "no name of the kind that names the caller", ...sent(clientOf(acmeRoot, { uris: [] })), expect: INVALID },
  { name: "a name beyond ASCII", ...sent(clientOf(acmeRoot, { uris: ["spiffe://acme.example/\u00fc"] })), expect: INVALID },
  { name: "a name with a line feed", ...sent(clientOf(acmeRoot, { uris: ["spiffe://acme.example/a\nX-User-Id: root"] })), expect: INVALID },
  { name: "bytes that are no certificate", headers: [["Client-Cert", ":AAAA:"]], expect: INVALID },
  {
    name: "a certificate with a byte behind it",
    headers: [["Client-Cert", `:${Buffer.concat([new X509Certificate(good.cert).raw, Buffer.from([0])]).toString("base64")}:`]],
    expect: INVALID,
  },
  {
    name: "a certificate cut short",
    headers: [["Client-Cert", `:${new X509Certificate(good.cert).raw.subarray(0, -3).toString("base64")}:`]],
    expect: INVALID,
  },
  { name: "base64 without its colons", headers: [["Client-Cert", base64(good)]], expect: INVALID },
  { name: "base64 with a blank in it", headers: [["Client-Cert", `:${base64(good).replace(/^..../, "$& ")}:`]], expect: INVALID },
  { name: "PEM where base64 belongs", headers: [["Client-Cert", encodeURIComponent(good.cert)]], expect: INVALID },
  {
    name: "two headers with a certificate",
    headers: [
      ["Client-Cert", item(good)],
      ["Client-Cert", item(good)],
    ],
    expect: "ambiguous_credential",
  },
  {
    name: "two headers with a chain",
    headers: [
      ["Client-Cert", item(good)],
      ["Client-Cert-Chain", item(acmeRoot)],
      ["client-cert-chain", item(acmeRoot)],
    ],
    expect: "ambiguous_credential",
  },
  { name: "a name that folds to the header's", headers: [["Client_Cert", item(good)]], expect: "missing_client_certificate" },
  {
    name: "the header from a peer that is no trusted proxy",
    compiled: fromStrangers,
    ...sent(good),
    expect: "missing_client_certificate",
    findings: ["spoofed_identity_header"],
  },
  {
    name: "the header from such a peer on a public route goes no further",
    compiled: fromStrangers,
    target: "/open",
    ...sent(good, acmeRoot),
    expect: "allow",
    findings: ["spoofed_identity_header"],
    upstream: (upstream) => {
      demand(upstream, "client-cert");
      demand(upstream, "client-cert-chain");
    },
  },
  { name: "the header where the fleet names none", compiled: unnamed, ...sent(good), expect: "missing_client_certificate" },
  {
    name: "the header where the fleet names none goes no further",
    compiled: unnamed,
    target: "/open",
    ...sent(good),
    expect: "allow",
    upstream: (upstream) => demand(upstream, "client-cert"),
  },
  { name: "PEM as nginx escapes it", ...ESCAPED, headers: [["X-Client-Cert", encodeURIComponent(good.cert)]], expect: "allow", upstream: payments },
  {
    name: "PEM with its intermediate",
    ...ESCAPED,
    headers: [["X-Client-Cert", encodeURIComponent(clientOf(intermediate).cert + intermediate.cert)]],
    expect: "allow",
    upstream: payments,
  },
  { name: "PEM with something behind it", ...ESCAPED, headers: [["X-Client-Cert", encodeURIComponent(`${good.cert}x`)]], expect: INVALID },
  { name: "PEM that is not escaped", ...ESCAPED, headers: [["X-Client-Cert", good.cert.replace(/\n/g, " ")]], expect: INVALID },
  { name: "PEM with an escape cut short", ...ESCAPED, headers: [["X-Client-Cert", `${encodeURIComponent(good.cert)}%2`]], expect: INVALID },
  { name: "base64 where PEM belongs", ...ESCAPED, headers: [["X-Client-Cert", item(good)]], expect: INVALID },
  {
    name: "another tenant's certificate",
    ...sent(clientOf(globexRoot)),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
  { name: "another tenant's, expired", ...sent(clientOf(globexRoot, { notAfter: NOW - 1_000 })), expect: INVALID },
  {
    name: "a certificate at a tenant that takes none",
    host: "bare.api.example.com",
    ...sent(good),
    expect: "missing_token",
  },
  {
    name: "at the tenant whose it is, by its common name",
    host: "globex.api.example.com",
    ...sent(clientOf(globexRoot)),
    expect: "allow",
    upstream: isFor("payments"),
  },
  { name: "of a shared authority, at the tenant that it names", host: "initech.api.example.com", ...sent(ofShared("initech")), expect: "allow" },
  {
    name: "of a shared authority, at the other tenant",
    host: "umbrella.api.example.com",
    ...sent(ofShared("initech")),
    expect: "tenant_mismatch",
    findings: ["cross_tenant_attempt"],
  },
  {
    name: "of a shared authority, with both tenants' names",
    host: "initech.api.example.com",
    ...sent(ofShared("initech", "umbrella")),
    expect: INVALID,
  },
  { name: "of a shared authority, with nobody's name", host: "initech.api.example.com", ...sent(ofShared("hooli")), expect: INVALID },
  {
    name: "of a shared authority, with a name that only begins alike",
    host: "initech.api.example.com",
    ...sent(ofShared("initech.example.evil")),
    expect: INVALID,
  },
  { name: "a scope that the tenant's certificates have not", target: "/scoped", ...sent(good), expect: "insufficient_scope" },
  { name: "beside tokens, without one", target: "/either", ...sent(good), expect: "allow", upstream: payments },
  {
    name: "a bad token is not made up for by a good certificate",
    target: "/either",
    authorization: "Bearer nonsense",
    ...sent(good),
    expect: "invalid_token",
  },
  { name: "optional, and none", target: "/optional", expect: "allow", upstream: (upstream) => demand(upstream, "x-user-id") },
  { name: "optional, and a bad one", target: "/optional", ...sent(clientOf(strangerRoot)), expect: INVALID },
];

/** A good client certificate under an intermediate of which something is wrong. */
function under(more: { [member in keyof CertificateRequest]?: CertificateRequest[member] | undefined }) {
  const { ca, ...rest } = { ca: true, ...more } as Partial<CertificateRequest>;
  const wrong = issueCertificate({
    ...{ commonName: "Wrong", issuer: acmeRoot, keyUsage: ["keyCertSign"], ...around },
    ...rest,
    ...(ca === undefined ? {} : { ca }),
  });
  return sent(clientOf(wrong), wrong);
}

export const clientCertificatesTable: HostileTable = {
  clause: null,
  title: "BEHAVIOUR §2 and §4: client certificates",
  cases: cases.map((each) => ({ compiled: snapshot, ...each })),
};

const thumbprintOf = ({ cert }: TestCertificate): string => createHash("sha256").update(new X509Certificate(cert).raw).digest("base64url");
const selfSigned = issueCertificate({ commonName: "client", ...around });
const thumbprint = thumbprintOf(selfSigned);
const boundTo = (cnf: unknown): string => bearer(acmeMint.token(claimsOf("acme", { cnf })));
const bound = boundTo({ "x5t#S256": thumbprint });
const binding = (required: boolean) => ({
  identityProviders: { main: { issuer: issuerOf("acme"), audiences: ["acme-api"], ...(required ? { requireCertificateBinding: true } : {}) } },
});
const world = (required: boolean, settings: Record<string, unknown> = { ...peers, clientCertificateHeader: {} }) =>
  compiled([tenant("acme", binding(required)), tenant("globex")], settings);
const lenient = world(false);
const strict = world(true);

const boundCases: HostileCase[] = [
  { name: "a bound token with its certificate, which nobody need have issued", authorization: bound, ...sent(selfSigned), expect: "allow" },
  { name: "the same token without a certificate", authorization: bound, expect: "invalid_token" },
  { name: "the same token with another certificate", authorization: bound, ...sent(good), expect: "invalid_token" },
  {
    name: "with its certificate behind another one",
    authorization: bound,
    headers: [
      ["Client-Cert", item(good)],
      ["Client-Cert-Chain", item(selfSigned)],
    ],
    expect: "invalid_token",
  },
  {
    name: "with its certificate in a header of a stranger",
    compiled: world(false, { trustedProxies: ["203.0.113.0/24"], clientCertificateHeader: {} }),
    authorization: bound,
    ...sent(selfSigned),
    expect: "invalid_token",
    findings: ["spoofed_identity_header"],
  },
  { name: "with a certificate that cannot be read", authorization: bound, headers: [["Client-Cert", "nonsense"]], expect: INVALID },
  {
    name: "a token that is bound to nothing, with a certificate",
    authorization: bearer(acmeMint.token(claimsOf("acme"))),
    ...sent(good),
    expect: "allow",
  },
  { name: "a binding to a key, without a proof of it", authorization: boundTo({ jkt: thumbprint }), ...sent(selfSigned), expect: "invalid_token" },
  {
    name: "a binding to a certificate and to a key, with the certificate alone",
    authorization: boundTo({ "x5t#S256": thumbprint, jkt: thumbprint }),
    ...sent(selfSigned),
    expect: "invalid_token",
  },
  { name: "a binding to a list of certificates", authorization: boundTo({ "x5t#S256": [thumbprint] }), ...sent(selfSigned), expect: "invalid_token" },
  { name: "a binding that is text", authorization: boundTo(thumbprint), ...sent(selfSigned), expect: "invalid_token" },
  { name: "a binding to nothing", authorization: boundTo({}), ...sent(selfSigned), expect: "invalid_token" },
  { name: "a binding that is null", authorization: boundTo(null), ...sent(selfSigned), expect: "invalid_token" },
  { name: "a thumbprint with padding", authorization: boundTo({ "x5t#S256": `${thumbprint}=` }), ...sent(selfSigned), expect: "invalid_token" },
  { name: "a thumbprint of SHA-1", authorization: boundTo({ x5t: thumbprint }), ...sent(selfSigned), expect: "invalid_token" },
  { name: "where tokens must be bound, one that is", compiled: strict, authorization: bound, ...sent(selfSigned), expect: "allow" },
  {
    name: "where tokens must be bound, one that is not",
    compiled: strict,
    authorization: bearer(acmeMint.token(claimsOf("acme"))),
    ...sent(selfSigned),
    expect: "invalid_token",
  },
];

export const boundTokensTable: HostileTable = {
  clause: null,
  title: "RFC 8705 §3: tokens that are bound to a certificate",
  cases: boundCases.map((each) => ({ compiled: lenient, ...each })),
};
