import type { AppClient, FleetClient, FleetTransaction, TenantTransaction } from "./clients.js";
import type { Prisma } from "./generated/client.js";

export interface TransactionOptions {
  readonly isolationLevel?: Prisma.TransactionIsolationLevel;
  /** The whole transaction, ms; 20,000 unless named. */
  readonly timeoutMs?: number;
}

const prismaOptions = ({ isolationLevel, timeoutMs }: TransactionOptions) => ({
  ...(isolationLevel === undefined ? {} : { isolationLevel }),
  ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
});

/**
 * One transaction that sees the rows of one tenant and no others: the database itself refuses the rest (docs/adr/0003).
 * What `fn` throws rolls everything back and is thrown on.
 * @param tenantId UUID; there need not be such a tenant yet, which is how one is made
 */
export function withTenant<T>(
  client: AppClient,
  tenantId: string,
  fn: (tx: TenantTransaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return client.$transaction(async (tx) => {
    // Third argument: until the end of this transaction, so that the connection goes back to the pool without a tenant.
    await tx.$executeRaw`SELECT set_config('app.tenant', ${tenantId}, true)`;
    return fn(tx as TenantTransaction);
  }, prismaOptions(options));
}

/** One transaction that sees the whole fleet. What `fn` throws rolls everything back and is thrown on. */
export function withFleet<T>(client: FleetClient, fn: (tx: FleetTransaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
  return client.$transaction((tx) => fn(tx as FleetTransaction), prismaOptions(options));
}
