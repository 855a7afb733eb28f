/**
 * A stream of numbers that a seed names (mulberry32), so that whatever it finds can be had again.
 * @param {number} seed
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (/** @type {number} */ limit) => Math.floor(next() * limit);
  return {
    /** An integer from 0 to below the limit. */
    below,
    /** @template T @param {readonly T[]} list @returns {T} */
    one(list) {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new Error("nothing to choose from");
      return picked;
    },
    /** @param {number} share */
    chance: (share) => next() < share,
    /** Latin1 text of any bytes. @param {number} length */
    bytes: (length) => Array.from({ length }, () => String.fromCharCode(below(256))).join(""),
  };
}

/** @typedef {ReturnType<typeof createRandom>} Random */
