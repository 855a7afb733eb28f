import { parseStateUrl, type StateStore } from "@sallyport/state-store";
import { openStateStore } from "@sallyport/state-store/open";
import { vi } from "vitest";
import { makeTenant, startTestFleet, type TestFleet } from "./test-fleet.js";

/** A real server that keeps state. */
export interface StateServer {
  readonly url: string;
  halt(): Promise<void>;
  close(): Promise<void>;
}

export interface StateFleet {
  readonly fleet: TestFleet;
  /** The one that nodes would have. */
  readonly store: StateStore;
  readonly server: StateServer;
  close(): Promise<void>;
}

/** A console that knows the nodes' store, with the tenants acme and globex. */
export async function startStateFleet(startServer: () => Promise<StateServer>): Promise<StateFleet> {
  const server = await startServer();
  const parsed = parseStateUrl(server.url);
  if (!parsed.ok) throw new Error(parsed.fault);
  const store = openStateStore(parsed.address, { onError: () => undefined });
  await vi.waitFor(() => store.ping(), { timeout: 10_000 });
  const fleet = await startTestFleet({ stateStore: store });
  await makeTenant(fleet.cp, "acme");
  await makeTenant(fleet.cp, "globex");
  return {
    ...{ fleet, store, server },
    async close() {
      await fleet.close();
      await store.close();
      await server.close();
    },
  };
}
