/** What somebody typed into the first field of the identity provider wizard. */
export type TypedSource = { readonly issuer: string } | { readonly url: string } | { readonly domain: string };

/** Tells an issuer from the address of a discovery document and from a bare domain. */
export function typedSource(typed: string): TypedSource {
  const text = typed.trim();
  if (!/^https?:\/\//i.test(text)) return { domain: text };
  return text.includes("/.well-known/") ? { url: text } : { issuer: text };
}
