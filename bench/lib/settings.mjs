const number = (/** @type {string} */ name, /** @type {number} */ fallback) => {
  const text = process.env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is ${text}: write a number above 0`);
  return value;
};

/** Shorter rounds are for trying out; figures are quoted with the defaults only. */
export const settings = Object.freeze({
  rounds: number("BENCH_ROUNDS", 5),
  /** Of one round, s; and of the warm-up before the first. */
  seconds: number("BENCH_SECONDS", 6),
  connections: 64,
  tokens: 1_000,
  coldTokens: 100_000,
  tenants: number("BENCH_TENANTS", 10_000),
  /** Simulated ones. */
  nodes: number("BENCH_NODES", 1_000),
  fuzzMinutes: number("BENCH_FUZZ_MINUTES", 15),
  /** Kills at moments of chance, and publishes under load. */
  crashMoments: number("BENCH_CRASH_MOMENTS", 200),
  crashPublishes: number("BENCH_CRASH_PUBLISHES", 1_000),
  seed: number("BENCH_SEED", 1 + Math.floor(Math.random() * 1e9)),
});

/** Above this the load generator and the upstream, not the gateway, set the pace; share of their CPU. */
export const MAX_LOAD_CPU = 0.9;

/** @param {string} text */
export const say = (text) => process.stderr.write(`${text}\n`);

/** @param {string | null} missing what an anchor lacks, with the remedy; null when nothing */
export function requireInstalled(missing) {
  if (missing !== null) throw new Error(missing);
}
