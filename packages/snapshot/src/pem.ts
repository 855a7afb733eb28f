/** RFC 7468 §2: the text of one certificate, with any line ends. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,32768}-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]{1,16384}-----END PRIVATE KEY-----/;

/** The certificates of a text, in their order, each as PEM. Whether they are well-formed inside is not looked at. */
export const certificatesIn = (text: string): string[] => text.match(CERTIFICATE) ?? [];

/** The first private key (PKCS #8) of a text, as PEM; null where there is none. */
export const privateKeyIn = (text: string): string | null => PRIVATE_KEY.exec(text)?.[0] ?? null;

/** One form for one list of certificates: no text around them, line feeds as line ends. */
export const canonicalCertificates = (text: string): string =>
  certificatesIn(text)
    .map((pem) => `${pem.split(/\s*\r?\n\s*/).join("\n")}\n`)
    .join("");

/** Whether nothing but certificates, blanks and lines that begin with `#` stands there. */
export const isCertificates = (text: string): boolean =>
  certificatesIn(text).length > 0 &&
  text
    .replace(CERTIFICATE, "")
    .split("\n")
    .every((line) => line.trim() === "" || line.trim().startsWith("#"));
