import { X509Certificate } from "node:crypto";
import { compileSnapshot, readCertificate } from "@sallyport/pipeline";
import { type CertificateRequest, issueCertificate, type TestCertificate } from "@sallyport/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleet, tenant } from "./testing/fleet.fixture.js";

const authorityOf = (commonName: string, more: Partial<CertificateRequest> = {}): TestCertificate =>
  issueCertificate({ commonName, ca: true, keyUsage: ["keyCertSign"], ...more });
const root = authorityOf("Root");
const bytesOf = ({ cert }: TestCertificate): string => new X509Certificate(cert).raw.toString("latin1");

describe("reading certificates", () => {
  test("says what OpenSSL says of them", () => {
    const certificates = [
      root,
      issueCertificate({ issuer: root, uris: ["spiffe://a/b"], hosts: ["a.example", "10.0.0.1"], emails: ["a@b.example"], keyType: "RSA-2048" }),
      issueCertificate({ commonName: "n", notBefore: Date.UTC(1999, 11, 31, 23, 59, 59), notAfter: Date.UTC(2060, 1, 29), keyType: "Ed25519" }),
      issueCertificate({ commonName: "weak", keyType: "RSA-1024" }),
    ];
    for (const certificate of certificates) {
      const theirs = new X509Certificate(certificate.cert);
      const ours = readCertificate(bytesOf(certificate));
      expect(ours?.notBeforeMs).toBe(Date.parse(theirs.validFrom));
      expect(ours?.notAfterMs).toBe(Date.parse(theirs.validTo));
      expect(ours?.basicConstraints?.ca ?? false).toBe(theirs.ca);
      expect(ours?.publicKey).toBe(theirs.publicKey.export({ type: "spki", format: "der" }).toString("latin1"));
      const names = [...(ours?.names.dns ?? []).map((name) => `DNS:${name}`), ...(ours?.names.uri ?? []).map((name) => `URI:${name}`)];
      for (const name of names) expect(theirs.subjectAltName).toContain(name);
      expect(ours?.strong).toBe(theirs.publicKey.asymmetricKeyDetails?.modulusLength !== 1024);
    }
  });

  test("never throws, whatever bytes of it are changed", () => {
    const genuine = [bytesOf(root), bytesOf(issueCertificate({ issuer: root, uris: ["spiffe://a/b"], extendedKeyUsage: ["clientAuth"], ca: false }))];
    fc.assert(
      fc.property(
        fc.constantFrom(...genuine),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        (bytes, changes, cut) => {
          const changed = [...bytes];
          for (const [at, byte] of changes) changed[at % changed.length] = String.fromCharCode(byte);
          const read = readCertificate(changed.join("").slice(0, cut === null ? undefined : cut % bytes.length));
          expect(read === null || typeof read.strong === "boolean").toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (bytes) => void readCertificate(bytes)));
  });
});

describe("what cannot be published", () => {
  const errorsOf = (...tenants: readonly ReturnType<typeof tenant>[]): string[] => {
    const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: fleet(), tenants });
    return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`);
  };
  const trusting = (slug: string, authority: TestCertificate, more: Record<string, unknown> = {}) =>
    tenant(slug, { clientCertificates: { authorities: authority.cert, ...more } });
  const uri = (value: string) => ({ within: { kind: "uri", value } });

  test.each<[string, TestCertificate, RegExp]>([
    ["is no authority", issueCertificate({ commonName: "x" }), /certificate 1 is no authority's/],
    ["may not sign certificates", authorityOf("x", { keyUsage: ["digitalSignature"] }), /certificate 1 may not sign certificates/],
    ["has a weak key", authorityOf("x", { keyType: "RSA-1024" }), /certificate 1 is too weak/],
    ["is signed with SHA-1", authorityOf("x", { hash: "sha1" }), /certificate 1 is too weak/],
    ["has a critical extension that is not understood", authorityOf("x", { unknownCriticalExtension: true }), /certificate 1 has name constraints/],
  ])("an authority that %s", (_, authority, message) => {
    expect(errorsOf(trusting("acme", authority))[0]).toMatch(message);
  });

  test("a route that takes client certificates of a tenant that trusts nobody", () => {
    const route = { upstream: "main", authentication: { mode: "required", authenticators: ["client_certificate"] } };
    expect(errorsOf(tenant("acme", { routes: { main: route } }))[0]).toMatch(/tenants\/acme\/routes\/main: .*clientCertificates/);
  });

  test("one authority at two tenants whose names are not told apart, both named", () => {
    const renewed = issueCertificate({ commonName: "Other name of the same key", ca: true, issuer: root, keyUsage: ["keyCertSign"] });
    expect(errorsOf(trusting("acme", root), trusting("globex", root))).toEqual([
      expect.stringMatching(/^tenants\/acme: .*tenants\/globex trusts the same authority/),
      expect.stringMatching(/^tenants\/globex: .*tenants\/acme trusts the same authority/),
    ]);
    expect(errorsOf(trusting("acme", root, uri("spiffe://acme/")), trusting("globex", root))).toHaveLength(2);
    expect(errorsOf(trusting("acme", root, uri("spiffe://x/")), trusting("globex", root, uri("spiffe://x/y/")))).toHaveLength(2);
    const ou = { within: { kind: "organizational_unit", value: "globex" } };
    expect(errorsOf(trusting("acme", root, uri("spiffe://acme/")), trusting("globex", root, ou))).toHaveLength(2);
    expect(errorsOf(trusting("acme", root, uri("spiffe://acme/")), trusting("globex", root, uri("spiffe://globex/")))).toEqual([]);
    expect(errorsOf(trusting("acme", root), trusting("globex", renewed))).toEqual([]);
  });

  test("a header for certificates that means something else already, or that nobody is trusted to write", () => {
    const errors = (settings: Record<string, unknown>): string => {
      const result = compileSnapshot({ revision: 1, rootHash: "0".repeat(64), fleet: fleet(settings), tenants: [tenant("acme")] });
      return result.ok ? "" : result.errors.map(({ message }) => message).join("\n");
    };
    expect(errors({ clientCertificateHeader: {} })).toMatch(/name trusted proxies/);
    const trusted = { trustedProxies: ["10.0.0.0/8"] };
    expect(errors({ ...trusted, clientCertificateHeader: { name: "X-API-Key" } })).toMatch(/has a meaning already/);
    expect(errors({ ...trusted, clientCertificateHeader: { name: "Authorization" } })).toMatch(/belongs to HTTP/);
    expect(errors({ ...trusted, clientCertificateHeader: {} })).toBe("");
  });
});
