import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { PresentedCertificates } from "@sallyport/pipeline";

/** More are not read: the pipeline refuses long before. */
const MAX_READ = 20;

/** What the client showed in the handshake of the node's own TLS, its key proven; null when it showed nothing, or there is no such TLS. */
export function peerCertificates(socket: Socket): PresentedCertificates | null {
  if (!(socket instanceof TLSSocket)) return null;
  const chain: string[] = [];
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < MAX_READ) {
    chain.push(certificate.raw.toString("latin1"));
    certificate = certificate.issuerCertificate;
  }
  return chain.length === 0 ? null : { chain, verified: undefined };
}
