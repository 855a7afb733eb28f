const fatalUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOT_ASCII = /[\x80-\xff]/;

/** base64url → bytes as a latin1 string. The caller has checked that the text is canonical. */
export const decodeBase64Url = (text: string): string => Buffer.from(text, "base64url").toString("latin1");

/** UTF-8 bytes (latin1 string) → text; null when they are not well-formed. A byte order mark stays, so that JSON refuses it. */
export function decodeUtf8(bytes: string): string | null {
  if (!NOT_ASCII.test(bytes)) return bytes;
  try {
    return fatalUtf8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return null;
  }
}
