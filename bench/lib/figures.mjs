import { settings } from "./settings.mjs";
import { median, rounded, spread } from "./statistics.mjs";

/** @typedef {import("./rounds.mjs").Series} Series */

/** @param {Series} series */
const figuresOf = ({ samples, discarded }) => ({
  rps: spread(samples.map(({ rps }) => rps)),
  rpsPerCpuSecond: spread(samples.map(({ rpsPerCpu }) => rpsPerCpu)),
  cpu: rounded(median(samples.map(({ cpu }) => cpu))),
  loadCpu: rounded(median(samples.map(({ loadCpu }) => loadCpu))),
  /** Of processes that are no part of the benchmark; the calmer the better. */
  othersCpu: rounded(median(samples.map(({ othersCpu }) => othersCpu))),
  /** Taken away by the host of a virtual machine. */
  stolenCpu: rounded(median(samples.map(({ stolenCpu }) => stolenCpu))),
  rounds: samples.length,
  discarded,
});

/**
 * One anchor's line: what `measured` does, as a multiple of what `against` does in the same run. Medians of rounds.
 * Where rounds were too few, because the load was the brake, it is not ok.
 * @param {{ id: string, goal: number, measured: string, against: string, more?: Record<string, unknown> }} anchor
 * @param {Map<string, Series>} series
 */
export function ratioLine({ id, goal, measured, against, more = {} }, series) {
  const ours = series.get(measured);
  const theirs = series.get(against);
  if (ours === undefined || theirs === undefined) throw new Error(`${id}: ${measured} or ${against} was not measured`);
  const medianOf = (/** @type {Series} */ { samples }, /** @type {"rps" | "rpsPerCpu"} */ what) => median(samples.map((sample) => sample[what]));
  const ratio = medianOf(ours, "rps") / medianOf(theirs, "rps");
  const enough = Math.min(ours.samples.length, theirs.samples.length) >= settings.rounds;
  return {
    id,
    against,
    ratio: rounded(ratio, 3),
    goal,
    ok: enough && ratio >= goal,
    figures: {
      [measured]: figuresOf(ours),
      [against]: figuresOf(theirs),
      /** The same ratio by CPU time: what others on the machine took away does not enter. */
      ratioByCpu: rounded(medianOf(ours, "rpsPerCpu") / medianOf(theirs, "rpsPerCpu"), 3),
      ...more,
    },
  };
}
