import "server-only";
import { composition } from "@/server/control-plane";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether a request that rides on the session cookie comes from our own pages (SECURITY §2: Origin and Sec-Fetch-Site).
 * Browsers send `Origin` with every unsafe request, so one without it is refused too.
 */
export function isSameOrigin(request: Request): boolean {
  if (SAFE_METHODS.has(request.method)) return true;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  const origin = request.headers.get("origin");
  if (origin === null || !URL.canParse(origin)) return false;
  const { host, origin: canonical } = new URL(origin);
  return canonical === new URL(composition().env.SALLYPORT_PUBLIC_URL).origin || host === request.headers.get("host");
}
