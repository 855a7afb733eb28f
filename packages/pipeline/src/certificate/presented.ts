import type { AdmittedRequest } from "../admit/admit.js";
import type { PresentedCertificates } from "../facts.js";
import type { Passage } from "../passage.js";
import { Refusal } from "../refusal.js";
import { decodeBase64, readPem } from "../x509/pem.js";

/** The client's own certificate and what it may send along: longer paths are nobody's. */
export const MAX_PRESENTED = 8;

const malformed = (detail: string): Refusal => new Refusal("invalid_client_certificate", detail);

/**
 * The client's certificate: of the node's own TLS, or as a trusted proxy hands it on. A proxy's connection carries many clients, so where
 * the fleet names a header, what a trusted proxy shows of itself is nobody's credential. Null when there is none.
 */
export function presentedCertificates(passage: Passage, request: AdmittedRequest): PresentedCertificates | Refusal | null {
  const own = passage.facts.clientCertificate ?? null;
  const { certificateHeader: header } = request;
  if (header === "none") return own;
  if (header === null) return null;
  if (own !== null) return new Refusal("ambiguous_credential", "a certificate of the connection, and one in a header");
  const chain = header.format === "rfc9440" ? readRfc9440(header.certificate, header.chain) : readEscapedPem(header.certificate);
  return chain === null ? malformed("the certificate's header is not in its form") : { chain, verified: undefined };
}

/** RFC 9440 §2: byte sequences of Structured Fields (RFC 8941 §3.3.5). */
function readRfc9440(certificate: string, chain: string | null): readonly string[] | null {
  const read: string[] = [];
  for (const item of [certificate, ...(chain === null ? [] : chain.split(","))]) {
    const [, base64 = ""] = /^:([A-Za-z0-9+/=]+):$/.exec(item.trim()) ?? [];
    const der = decodeBase64(base64);
    if (der === null || read.length > MAX_PRESENTED) return null;
    read.push(der);
  }
  return read;
}

/** PEM with all but letters and digits escaped, as nginx writes it; a blank is never meant by `+`. */
function readEscapedPem(text: string): readonly string[] | null {
  if (!/^(?:[A-Za-z0-9._~+/=-]|%[0-7][0-9A-Fa-f])*$/.test(text)) return null;
  return readPem(decodeURIComponent(text), MAX_PRESENTED + 1);
}
