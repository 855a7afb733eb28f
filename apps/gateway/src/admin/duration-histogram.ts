import { Histogram, type Registry } from "prom-client";

export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, rising, s. */
  readonly buckets: readonly number[];
  readonly registers: Registry[];
}

/**
 * A histogram without labels whose recording is a short search and two additions. prom-client's own `observe` builds and hashes a
 * label object each time, at a cost that the hot path feels; here the series are made when somebody scrapes.
 */
export class DurationHistogram extends Histogram {
  readonly #options: DurationHistogramOptions;
  /** Observations by bucket; those of the last one are above every bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(options: DurationHistogramOptions) {
    super({ name: options.name, help: options.help, buckets: [...options.buckets], registers: options.registers });
    this.#options = options;
    this.#counts = new Float64Array(options.buckets.length + 1);
  }

  record(seconds: number): void {
    const { buckets } = this.#options;
    let bucket = 0;
    while (bucket < buckets.length && seconds > (buckets[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** What prom-client's registry asks a metric for. */
  async getForPromString(): Promise<unknown> {
    const { name, help, buckets } = this.#options;
    const sample = (suffix: string, value: number, labels: Record<string, number | string> = {}) => ({
      metricName: `${name}_${suffix}`,
      labels,
      sharedLabels: {},
      value,
    });
    let count = 0;
    const values = Array.from(this.#counts, (inBucket, index) => {
      count += inBucket;
      return sample("bucket", count, { le: buckets[index] ?? "+Inf" });
    });
    values.push(sample("sum", this.#sum), sample("count", count));
    return { name, help, type: "histogram", aggregator: "sum", values };
  }
}
