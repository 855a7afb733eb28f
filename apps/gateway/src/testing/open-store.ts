import { parseStateUrl, type StateStore } from "@sallyport/state-store";
import { openStateStore } from "@sallyport/state-store/open";
import { eventually } from "./gateway.js";

/** A test's own look into the store that nodes share, once it answers. */
export async function openStore(url: string): Promise<StateStore> {
  const address = parseStateUrl(url);
  if (!address.ok) throw new Error(address.fault);
  const store = openStateStore(address.address, { onError: () => undefined });
  await eventually("the store answers", () =>
    store.ping().then(
      () => true,
      () => false,
    ),
  );
  return store;
}
