import { X509Certificate } from "node:crypto";
import { certificatesIn, type FleetSpec } from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";

/** Issues for certificates that cannot be read: a node would believe nobody. @param path of the settings, `spec` */
export function authorityIssues({ idpCertificates }: FleetSpec, path: string): FieldIssue[] {
  return certificatesIn(idpCertificates.authorities).flatMap((pem, index) => {
    try {
      new X509Certificate(pem);
      return [];
    } catch {
      return [
        {
          path: `${path}.idpCertificates.authorities`,
          message: `holds a certificate that cannot be read, the ${index + 1}. of them; copy it again, from BEGIN to END`,
        },
      ];
    }
  });
}
