/** Value of each base64url character (RFC 4648 §5), 255 for what is none. */
const VALUE = new Uint8Array(256).fill(255);
for (const [value, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries()) VALUE[char.charCodeAt(0)] = value;

/**
 * Is the segment the one spelling of its bytes? RFC 7515 §2: no padding, nothing else; and no loose bits in the last character
 * (RFC 4648 §3.5), which would give one token many spellings. The characters themselves are checked by the caller.
 */
export function hasCanonicalEnd(text: string, from: number, to: number): boolean {
  const loose = (to - from) % 4;
  if (loose === 0) return true;
  if (loose === 1) return false;
  const last = VALUE[text.charCodeAt(to - 1)] ?? 255;
  return loose === 2 ? (last & 0x0f) === 0 : (last & 0x03) === 0;
}
