/** Request header in which the proxy tells pages their own path and query. */
export const PATH_HEADER = "x-page-path";

/** Path, query and fragment of this origin, else `/`: nobody is sent elsewhere after signing in (SECURITY §2). */
export function safeReturnTo(value: string | null | undefined): string {
  if (!value?.startsWith("/") || value.length > 2048) return "/";
  // Browsers read a backslash as a slash, and drop control characters: both could make `//elsewhere` of it.
  if (/[\\\p{Cc}]/u.test(value) || !URL.canParse(value, "http://console.invalid")) return "/";
  const url = new URL(value, "http://console.invalid");
  if (url.origin !== "http://console.invalid" || url.pathname.startsWith("//")) return "/";
  return `${url.pathname}${url.search}${url.hash}`;
}
