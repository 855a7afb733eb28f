type Found = readonly { readonly address: string; readonly family: 4 | 6 }[];

export interface ScriptedResolver {
  (hostname: string): Promise<Found>;
  /** Names in the order in which they were asked for. */
  readonly asked: readonly string[];
}

/**
 * DNS of an attacker: the n-th question for a name gets the n-th list of addresses, and the last one from then on. A name that is not in
 * the zone does not exist.
 */
export function scriptedResolver(zone: Readonly<Record<string, readonly (readonly string[])[]>>): ScriptedResolver {
  const asked: string[] = [];
  const resolve = async (hostname: string): Promise<Found> => {
    const script = Object.hasOwn(zone, hostname) ? (zone[hostname] ?? []) : [];
    const before = asked.filter((name) => name === hostname).length;
    asked.push(hostname);
    const addresses = script[Math.min(before, script.length - 1)];
    if (addresses === undefined) throw Object.assign(new Error(`${hostname} does not exist`), { code: "ENOTFOUND" });
    return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return Object.assign(resolve, { asked });
}
