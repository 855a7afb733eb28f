import { type NextRequest, NextResponse } from "next/server";
import { PATH_HEADER } from "@/server/http/return-to";

const DEVELOPMENT = process.env.NODE_ENV === "development";

/** What a page may load and do; scripts and style elements only with this response's nonce. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${DEVELOPMENT ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' 'nonce-${nonce}'`,
    // Server-rendered style attributes: widths of bars and columns. They can't load or run anything under the rest of this policy.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join("; ");
}

const isHttps = (request: NextRequest): boolean =>
  request.nextUrl.protocol === "https:" || process.env.SALLYPORT_PUBLIC_URL?.startsWith("https://") === true;

/** Security headers of every page. Never authorises: access is checked where data is read (CONSOLE, STYLE §4). */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce);
  const forwarded = new Headers(request.headers);
  // The framework reads the nonce for its own scripts from the request's policy; components read x-nonce.
  forwarded.set("x-nonce", nonce);
  // Server Components are not told their address; this is where sign-in comes back to.
  forwarded.set(PATH_HEADER, `${request.nextUrl.pathname}${request.nextUrl.search}`);
  forwarded.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers: forwarded } });
  response.headers.set("content-security-policy", policy);
  if (isHttps(request)) response.headers.set("strict-transport-security", "max-age=63072000; includeSubDomains");
  return response;
}

export const config = {
  matcher: [{ source: "/((?!api/|_next/static|_next/image|icon.svg|favicon.ico).*)" }],
};
