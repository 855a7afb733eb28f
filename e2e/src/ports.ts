import { freePort } from "@sallyport/scripts/preflight";

/** A free port for each part, none of them twice. */
export async function differentPorts<Part extends string>(parts: readonly Part[]): Promise<Record<Part, number>> {
  const taken = new Set<number>();
  while (taken.size < parts.length) taken.add(await freePort());
  const numbers = [...taken];
  return Object.fromEntries(parts.map((part, index) => [part, numbers[index]])) as Record<Part, number>;
}
