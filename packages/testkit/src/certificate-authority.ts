import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Keys that certificates of tests have; the last is too weak for anything. */
export type TestKeyType = "P-256" | "Ed25519" | "RSA-2048" | "RSA-1024";

export interface CertificateRequest {
  /** commonName; none when left out. */
  readonly commonName?: string;
  readonly organizationalUnit?: string;
  /** DNS names and IPv4 addresses of subjectAltName. */
  readonly hosts?: readonly string[];
  readonly uris?: readonly string[];
  readonly emails?: readonly string[];
  /** ms since the epoch; a day ago when left out. */
  readonly notBefore?: number;
  /** ms since the epoch; in a day when left out. */
  readonly notAfter?: number;
  readonly keyType?: TestKeyType;
  /** Its own authority when left out. */
  readonly issuer?: TestCertificate;
  /** basicConstraints: an authority, and how many may follow below it; false writes CA:FALSE, left out none at all. */
  readonly ca?: boolean | { readonly pathLength: number };
  /** Bits of keyUsage (RFC 5280 §4.2.1.3), as its names; none when left out. */
  readonly keyUsage?: readonly (keyof typeof KEY_USAGE_BITS)[];
  /** extKeyUsage; none when left out. */
  readonly extendedKeyUsage?: readonly (keyof typeof EXTENDED_KEY_USAGES)[];
  readonly hash?: "sha256" | "sha1";
  /** Adds a critical extension that nobody knows. */
  readonly unknownCriticalExtension?: boolean;
}

const der = (tag: number, ...content: (Buffer | Uint8Array)[]): Buffer => {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const SEQUENCE = 0x30;
const OID = 0x06;
const oid = (hex: string): Buffer => der(OID, Buffer.from(hex, "hex"));
const CRITICAL = der(0x01, Buffer.from([0xff]));

const KEY_USAGE_BITS = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 } as const;
const EXTENDED_KEY_USAGES = { serverAuth: "2b06010505070301", clientAuth: "2b06010505070302", any: "551d2500" } as const;

const algorithmOf = (key: KeyObject, hash: "sha256" | "sha1"): Buffer => {
  if (key.asymmetricKeyType === "ed25519") return der(SEQUENCE, oid("2b6570"));
  if (key.asymmetricKeyType === "ec") return der(SEQUENCE, oid(hash === "sha256" ? "2a8648ce3d040302" : "2a8648ce3d0401"));
  return der(SEQUENCE, oid(hash === "sha256" ? "2a864886f70d01010b" : "2a864886f70d010105"), der(0x05));
};

function keyPairOf(type: TestKeyType): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (type) {
    case "P-256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "Ed25519":
      return generateKeyPairSync("ed25519");
    case "RSA-2048":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "RSA-1024":
      return generateKeyPairSync("rsa", { modulusLength: 1024 });
    default:
      return type satisfies never;
  }
}

const attribute = (type: string, text: string): Buffer => der(0x31, der(SEQUENCE, oid(type), der(0x0c, Buffer.from(text))));

function nameOf({ commonName, organizationalUnit }: CertificateRequest): Buffer {
  const attributes: Buffer[] = [];
  if (organizationalUnit !== undefined) attributes.push(attribute("55040b", organizationalUnit));
  if (commonName !== undefined) attributes.push(attribute("550403", commonName));
  return der(SEQUENCE, ...attributes);
}

/** GeneralizedTime (RFC 5280 §4.1.2.5.2). */
const timeOf = (ms: number): Buffer => der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
const hostOf = (host: string): Buffer => (isIPv4(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)));
const extension = (id: string, critical: boolean, value: Buffer): Buffer => der(SEQUENCE, oid(id), ...(critical ? [CRITICAL] : []), der(0x04, value));

function extensionsOf(request: CertificateRequest): Buffer[] {
  const { hosts = [], uris = [], emails = [], ca, keyUsage, extendedKeyUsage } = request;
  const extensions: Buffer[] = [];
  const names = [...hosts.map(hostOf), ...uris.map((uri) => der(0x86, Buffer.from(uri))), ...emails.map((email) => der(0x81, Buffer.from(email)))];
  if (names.length > 0) extensions.push(extension("551d11", false, der(SEQUENCE, ...names)));
  if (ca === false) extensions.push(extension("551d13", true, der(SEQUENCE)));
  else if (ca !== undefined) {
    const pathLength = ca === true ? [] : [der(0x02, Buffer.from([ca.pathLength]))];
    extensions.push(extension("551d13", true, der(SEQUENCE, CRITICAL, ...pathLength)));
  }
  if (keyUsage !== undefined) {
    const bits = keyUsage.reduce((byte, name) => byte | (0x80 >> KEY_USAGE_BITS[name]), 0);
    let unused = 0;
    while (unused < 7 && (bits & (1 << unused)) === 0) unused += 1;
    extensions.push(extension("551d0f", true, der(0x03, Buffer.from([unused, bits]))));
  }
  if (extendedKeyUsage !== undefined)
    extensions.push(extension("551d25", false, der(SEQUENCE, ...extendedKeyUsage.map((name) => oid(EXTENDED_KEY_USAGES[name])))));
  if (request.unknownCriticalExtension === true) extensions.push(extension("2b060104018f650101", true, der(0x05)));
  return extensions;
}

/** The encoded subject of a certificate, as it stands in it. */
function subjectOf(cert: string): Buffer {
  // version, serialNumber, signature, issuer, validity, subject
  let at = 0;
  const raw = new X509Certificate(cert).raw;
  const step = (into: boolean): Buffer => {
    const long = (raw[at + 1] ?? 0) & 0x80 ? (raw[at + 1] ?? 0) & 0x7f : 0;
    let length = raw[at + 1] ?? 0;
    if (long > 0) length = raw.readUIntBE(at + 2, long);
    const whole = raw.subarray(at, at + 2 + long + length);
    at += into ? 2 + long : whole.length;
    return whole;
  };
  step(true);
  step(true);
  for (let field = 0; field < 5; field++) step(false);
  return step(false);
}

/** An X.509 certificate (RFC 5280) with whatever a test needs in it, also what no authority would issue. */
export function issueCertificate(request: CertificateRequest): TestCertificate {
  const { notBefore = Date.now() - 86_400_000, notAfter = Date.now() + 86_400_000, keyType = "P-256", hash = "sha256", issuer } = request;
  const { privateKey, publicKey } = keyPairOf(keyType);
  const signingKey = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const subject = nameOf(request);
  const algorithm = algorithmOf(signingKey, hash);
  const extensions = extensionsOf(request);
  const toBeSigned = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...randomBytes(8)])),
    algorithm,
    issuer === undefined ? subject : subjectOf(issuer.cert),
    der(SEQUENCE, timeOf(notBefore), timeOf(notAfter)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [der(0xa3, der(SEQUENCE, ...extensions))]),
  );
  const signature = sign(signingKey.asymmetricKeyType === "ed25519" ? null : hash, toBeSigned, signingKey);
  const certificate = der(SEQUENCE, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/**
 * A self-signed certificate for TLS servers under test, for the given names, P-256.
 * @param options.notAfter ms since the epoch; a day from now when left out
 */
export const createTestCertificate = (options: { hosts: readonly string[]; notBefore?: number; notAfter?: number }): TestCertificate =>
  issueCertificate({ commonName: "Sallyport test", ...options });
