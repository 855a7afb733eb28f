/** 256 bits in canonical base64url: the form of what the gateway gives out. Nothing else is looked up. */
const OPAQUE_ID = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

export const isOpaqueId = (text: string): boolean => OPAQUE_ID.test(text);
