const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 (RFC 4648 §4) with its padding → bytes as a latin1 string; null for any other spelling, loose trailing bits included. */
export function decodeBase64(text: string): string | null {
  if (text === "" || !CANONICAL.test(text)) return null;
  let bytes = "";
  let bits = 0;
  let count = 0;
  const body = text.replace(/=+$/, "");
  for (let index = 0; index < body.length; index++) {
    bits = ((bits << 6) | ALPHABET.indexOf(body.charAt(index))) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += String.fromCharCode((bits >> count) & 0xff);
  }
  return (bits & ((1 << count) - 1)) === 0 ? bytes : null;
}

const BLOCK = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END CERTIFICATE-----(?:\r?\n|$)/y;

/** The certificates of a PEM text (RFC 7468 §5), DER each; null when there is anything else in it. At most `max` are read. */
export function readPem(text: string, max: number): readonly string[] | null {
  const blocks: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (blocks.length === max) return null;
    BLOCK.lastIndex = at;
    const [whole, body] = BLOCK.exec(text) ?? [];
    const der = body === undefined ? null : decodeBase64(body.replace(/[\r\n]/g, ""));
    if (whole === undefined || der === null) return null;
    blocks.push(der);
    at += whole.length;
  }
  return blocks.length === 0 ? null : blocks;
}
