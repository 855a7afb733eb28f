/** One bar of a revision's face, in a box 23 wide and 12 high. */
export interface FaceBar {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/**
 * Eight bars drawn from the first eight hex digits of a root hash: equal hashes look equal, so that in a column of nodes the one
 * that differs is seen before it is read. The tallest bar stands for `f`, the shortest (2 high) for `0`.
 */
export function hashFace(hash: string): readonly FaceBar[] {
  return Array.from({ length: 8 }, (_, index) => {
    const digit = Number.parseInt(hash.charAt(index) || "0", 16);
    const height = Math.round((2 + (10 * (Number.isNaN(digit) ? 0 : digit)) / 15) * 10) / 10;
    return { x: index * 3, y: Math.round((12 - height) * 10) / 10, height };
  });
}
