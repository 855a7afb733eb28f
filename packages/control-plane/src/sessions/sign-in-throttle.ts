import { type DataClients, withFleet } from "@sallyport/data";
import { uuidv7 } from "uuidv7";
import type { Clock } from "../deps.js";
import { ServiceError } from "../errors.js";
import { tokenHash } from "../secrets/random-token.js";

/** Failed attempts that a key may have within a window (BEHAVIOUR §5). */
interface Limit {
  readonly key: string;
  readonly attempts: number;
  readonly windowMs: number;
}

const MINUTE_MS = 60_000;
const LONGEST_WINDOW_MS = 15 * MINUTE_MS;

/**
 * An account is locked for the address that failed; from elsewhere it is only slowed down, so that nobody can lock a victim out.
 * Addresses are keyed as they are, e-mails by their hash: the table is no list of accounts.
 */
function limitsFor(email: string, ip: string | null): Limit[] {
  const account = tokenHash(email).slice(0, 32);
  const address = ip ?? "unknown";
  return [
    { key: `account:${account}`, attempts: 5, windowMs: MINUTE_MS },
    { key: `address:${address}`, attempts: 10, windowMs: MINUTE_MS },
    { key: `account-address:${account}:${address}`, attempts: 10, windowMs: LONGEST_WINDOW_MS },
  ];
}

/** Bounds guessing. Attempts are counted before the password is looked at, so that parallel ones count, too. */
export interface SignInThrottle {
  /**
   * @returns call it when the attempt was right: it does not count then
   * @throws ServiceError `too_many_attempts` with `retryAfterSeconds`
   */
  attempt(email: string, ip: string | null): Promise<{ forgive: () => Promise<void> }>;
}

export function createSignInThrottle({ data, clock }: { readonly data: DataClients; readonly clock: Clock }): SignInThrottle {
  return {
    async attempt(email, ip) {
      const now = clock.now();
      const limits = limitsFor(email, ip);
      const rows = limits.map(({ key }) => ({ id: uuidv7(), key, at: new Date(now) }));
      const ids = rows.map(({ id }) => id);
      const take = () => withFleet(data.fleet, (tx) => tx.signInAttempt.deleteMany({ where: { id: { in: ids } } }));

      await withFleet(data.fleet, async (tx) => {
        await tx.signInAttempt.deleteMany({ where: { at: { lt: new Date(now - LONGEST_WINDOW_MS) } } });
        await tx.signInAttempt.createMany({ data: rows });
      });
      let retryAfterMs = 0;
      for (const { key, attempts, windowMs } of limits) {
        const recent = await data.fleet.signInAttempt.findMany({
          where: { key, at: { gt: new Date(now - windowMs) } },
          orderBy: { at: "desc" },
          take: attempts + 1,
          select: { at: true },
        });
        const oldest = recent[attempts];
        if (oldest !== undefined) retryAfterMs = Math.max(retryAfterMs, oldest.at.getTime() + windowMs - now);
      }
      if (retryAfterMs > 0) {
        // An attempt that was not looked at does not prolong the wait.
        await take();
        const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
        throw new ServiceError("too_many_attempts", `Too many attempts to sign in. Wait ${retryAfterSeconds} s, then try again.`, {
          retryAfterSeconds,
        });
      }
      return {
        forgive: async () => {
          await take();
        },
      };
    },
  };
}
