/** Whether this runtime knows the zone's name; what comes from a cookie is checked before it is used. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
