/** A host without its port, in canonical form, and the port as digits; empty when there is none. */
export interface Authority {
  readonly host: string;
  readonly port: string;
}

/**
 * Reads `Host` or the authority of an absolute-form target: case, port and one trailing dot are taken off.
 * Null for what is no plain host: user info, blanks, non-ASCII (RFC 5891 names come as A-labels), empty labels, a port out of range.
 */
export function canonicalAuthority(text: string): Authority | null {
  const colon = text.startsWith("[") ? text.indexOf(":", text.indexOf("]")) : text.indexOf(":");
  const port = colon < 0 ? "" : text.slice(colon + 1);
  if (colon >= 0 && !isPort(port)) return null;
  const host = canonicalHost(colon < 0 ? text : text.slice(0, colon));
  return host === null ? null : { host, port };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function canonicalHost(text: string): string | null {
  if (text.startsWith("[")) return /^\[[0-9A-Fa-f:.]{2,45}\]$/.test(text) ? text.toLowerCase() : null;
  const end = text.endsWith(".") ? text.length - 1 : text.length;
  if (end === 0 || end > 253) return null;
  let upper = false;
  let labelLength = 0;
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x2e) {
      if (labelLength === 0) return null;
      labelLength = 0;
      continue;
    }
    if (code >= 0x41 && code <= 0x5a) upper = true;
    else if (!((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f)) return null;
    if (++labelLength > 63) return null;
  }
  if (labelLength === 0) return null;
  const host = end === text.length ? text : text.slice(0, end);
  return upper ? host.toLowerCase() : host;
}
