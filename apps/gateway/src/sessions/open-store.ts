import type { StateAddress, StateStore } from "@sallyport/state-store";

/** The store that nodes share. Its clients are loaded here and not before: a node without one starts without them. */
export async function openStore(address: StateAddress, onError: (error: Error) => void): Promise<StateStore> {
  const { openStateStore } = await import("@sallyport/state-store/open");
  return openStateStore(address, { onError });
}
