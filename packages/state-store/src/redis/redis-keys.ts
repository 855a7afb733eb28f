import { createHash } from "node:crypto";

/** What a tenant's keys begin with. The braces are a cluster's hash tag: all of a tenant is on one node, so that scripts can touch it as one. */
export const prefixOf = (tenant: string): string => `sallyport:{${tenant}}:`;

const shortHash = (...parts: readonly string[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/** Names of the sets of a subject and of an IdP session: hashed, because what IdPs write there has any form and length. */
export const subjectSet = (identityProvider: string, subject: string): string => shortHash(identityProvider, subject);
export const idpSessionSet = (identityProvider: string, idpSession: string | null): string =>
  idpSession === null ? "" : shortHash(identityProvider, idpSession);
