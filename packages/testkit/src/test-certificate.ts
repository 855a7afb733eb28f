import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate for TLS servers under test; it is its own authority. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const der = (tag: number, ...content: (Buffer | Uint8Array)[]): Buffer => {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const SEQUENCE = 0x30;
const SET = 0x31;
const OID = 0x06;
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OID, Buffer.from("2a8648ce3d040302", "hex")));
const COMMON_NAME = der(OID, Buffer.from("550403", "hex"));
const SUBJECT_ALT_NAME = der(OID, Buffer.from("551d11", "hex"));

const nameOf = (text: string) => der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(text)))));
/** GeneralizedTime (RFC 5280 §4.1.2.5.2). */
const timeOf = (ms: number) => der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
const hostOf = (host: string) => (isIPv4(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)));

/**
 * A self-signed X.509 certificate (RFC 5280) for the given names, P-256.
 * @param options.notAfter ms since the epoch; a day from now when left out
 */
export function createTestCertificate(options: { hosts: readonly string[]; notBefore?: number; notAfter?: number }): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = nameOf("Sallyport test");
  const toBeSigned = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, timeOf(options.notBefore ?? Date.now() - 86_400_000), timeOf(options.notAfter ?? Date.now() + 86_400_000)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, der(0x04, der(SEQUENCE, ...options.hosts.map(hostOf)))))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const certificate = der(SEQUENCE, toBeSigned, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
