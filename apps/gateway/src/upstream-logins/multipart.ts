/** RFC 2046 §5.1.1; in quotes it may hold what a token may not. */
const BOUNDARY = /^multipart\/form-data *; *boundary=(?:"([A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-])"|([A-Za-z0-9'+_.-]{1,70}))$/i;
/** RFC 7578 §4.2, written as browsers write it: what two readers could read differently is refused. */
const DISPOSITION = /^content-disposition: *form-data; *name="([^"\\\r\n]*)"(; *filename="[^"\\\r\n]*")?$/i;

export interface FormPart {
  /** Bytes as latin1 text, as the value. */
  readonly name: string;
  readonly value: string;
  readonly isFile: boolean;
}

/**
 * The parts of a multipart form (RFC 7578). Strict: no preamble, no epilogue, one disposition to a part.
 * @param body bytes as latin1 text
 * @returns null for what is none, or could be read in two ways
 */
export function readMultipart(contentType: string, body: string): FormPart[] | null {
  const found = BOUNDARY.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) return null;
  const [before, ...pieces] = `\r\n${body}`.split(`\r\n--${boundary}`);
  const last = pieces.pop();
  if (before !== "" || (last !== "--" && last !== "--\r\n")) return null;
  const parts: FormPart[] = [];
  for (const piece of pieces) {
    const end = piece.indexOf("\r\n\r\n");
    if (!piece.startsWith("\r\n") || end < 0) return null;
    const part = readPart(piece.slice(2, Math.max(2, end)), piece.slice(end + 4));
    if (part === null) return null;
    parts.push(part);
  }
  return parts;
}

function readPart(head: string, value: string): FormPart | null {
  const lines = head.split("\r\n");
  const dispositions = lines.filter((line) => /^content-disposition\s*:/i.test(line));
  const found = DISPOSITION.exec(dispositions[0] ?? "");
  // A line that goes on, bare line breaks, or an encoding: other readers may see another value.
  if (dispositions.length !== 1 || found === null || lines.some((line) => /^\s|[\r\n]|^content-transfer-encoding/i.test(line))) return null;
  return { name: found[1] ?? "", value, isFile: found[2] !== undefined };
}
