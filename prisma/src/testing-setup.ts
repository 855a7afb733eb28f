import { startTestDatabase } from "./testing.js";

/** Global set-up for vitest: one server for all workers; `createTestDatabase` gives each its own database. */
export default async function setup(): Promise<() => Promise<void>> {
  const databases = await startTestDatabase();
  return () => databases.stop();
}
