/**
 * The page to start on: a reviewer's is the alerts, everybody else's the overview.
 * @param roles of the person; those bound to a tenant do not count
 */
export function landingOf(roles: readonly { readonly role: string; readonly tenant: string | null }[]): "/" | "/alerts" {
  const fleet = roles.filter(({ tenant }) => tenant === null).map(({ role }) => role);
  return fleet.includes("security_reviewer") && fleet.every((role) => role === "security_reviewer" || role === "viewer") ? "/alerts" : "/";
}
