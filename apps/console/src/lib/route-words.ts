import type { RouteSpec } from "@sallyport/snapshot";

/** Who may pass, in a word or two. */
export function authenticationWords(authentication: RouteSpec["authentication"]): string {
  switch (authentication.mode) {
    case "required":
      return authentication.identityProviders.length > 0 ? `Bearer of ${authentication.identityProviders.join(", ")}` : "Bearer required";
    case "optional":
      return "Bearer optional";
    case "public":
      return "Public";
    case "deny":
      return "Denies all";
    default:
      return authentication satisfies never;
  }
}

/** What a request must look like: `POST /v1/payouts`; every method without a list. */
export const matchWords = (route: Pick<RouteSpec, "methods" | "pathPrefix">): string =>
  `${route.methods.length > 0 ? `${route.methods.join(" ")} ` : ""}${route.pathPrefix}`;
