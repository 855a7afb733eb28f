type Claims = Readonly<Record<string, unknown>>;

const isClaims = (value: unknown): value is Claims => typeof value === "object" && value !== null && !Array.isArray(value);

function payloadOf(token: string): string | null {
  const segments = token.split(".");
  const [, payload = ""] = segments;
  if (segments.length !== 3 || !/^[A-Za-z0-9_-]+$/.test(payload)) return null;
  const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** The claims of a pasted token, or of pasted JSON; null for anything else. Nothing is verified, and nothing leaves the browser. */
export function decodeClaims(pasted: string): Claims | null {
  const text = pasted.trim().replace(/^Bearer\s+/i, "");
  try {
    const claims: unknown = JSON.parse(text.startsWith("{") ? text : (payloadOf(text) ?? ""));
    return isClaims(claims) ? claims : null;
  } catch {
    return null;
  }
}
