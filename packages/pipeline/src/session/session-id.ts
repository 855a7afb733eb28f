/** What names one session in the state store. */
interface StoredSessionName {
  readonly tenant: string;
  /** Name of the tenant's identity provider. */
  readonly identityProvider: string;
  /** SHA-256 of the cookie's value, hex. */
  readonly digest: string;
}

/**
 * The id under which upstreams and people know a session (`X-Session-Id`, the console's lists): 43 characters of base64url, made from the
 * store's digest, and worth nothing to whoever has it.
 * @param digest SHA-256 in base64url
 */
export const sessionIdOf = (session: StoredSessionName, digest: (text: string) => string): string =>
  digest(`${session.tenant}/${session.identityProvider}\nsession\n${session.digest}`);
