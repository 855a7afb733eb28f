/** Bounds how many calls are under way: overall, and for each tenant, so that one tenant's slow IdP holds up nobody else. */
export interface Bulkhead {
  /** Resolves to a function that gives the place back; null when `signal` aborts first or too many wait already. */
  enter(tenant: string, signal: AbortSignal): Promise<(() => void) | null>;
}

interface Waiting {
  readonly tenant: string;
  readonly admit: () => void;
}

export function createBulkhead(limits: { total: number; perTenant: number; maxWaiting: number }): Bulkhead {
  const busy = new Map<string, number>();
  const queue: Waiting[] = [];
  let inside = 0;

  const isFree = (tenant: string) => inside < limits.total && (busy.get(tenant) ?? 0) < limits.perTenant;
  const occupy = (tenant: string) => {
    inside += 1;
    busy.set(tenant, (busy.get(tenant) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside -= 1;
      const rest = (busy.get(tenant) ?? 1) - 1;
      if (rest === 0) busy.delete(tenant);
      else busy.set(tenant, rest);
      const next = queue.findIndex((waiting) => isFree(waiting.tenant));
      if (next >= 0) queue.splice(next, 1)[0]?.admit();
    };
  };

  return {
    enter(tenant, signal) {
      if (signal.aborted) return Promise.resolve(null);
      if (isFree(tenant)) return Promise.resolve(occupy(tenant));
      if (queue.length >= limits.maxWaiting) return Promise.resolve(null);
      return new Promise((resolve) => {
        const waiting: Waiting = {
          tenant,
          admit() {
            signal.removeEventListener("abort", give);
            resolve(occupy(tenant));
          },
        };
        const give = () => {
          queue.splice(queue.indexOf(waiting), 1);
          resolve(null);
        };
        signal.addEventListener("abort", give, { once: true });
        queue.push(waiting);
      });
    },
  };
}
