import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closeFrame, FrameBoundary } from "./frame-boundary.js";

/** RFC 6455 §5.2, every length form, masked or not. */
function frameOf(first: number, length: number, masked: boolean): Buffer {
  const mark = masked ? 0x80 : 0;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head.writeUInt8(first, 0);
  head.writeUInt8(mark | (length < 126 ? length : length < 65_536 ? 126 : 127), 1);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(length, 0x88)]);
}

const frames = fc.array(
  fc.record({
    first: fc.constantFrom(0x01, 0x81, 0x82, 0x80, 0x89, 0x8a, 0xc1),
    length: fc.constantFrom(0, 1, 125, 126, 127, 1_000, 65_535, 65_536, 70_000),
    masked: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

describe("following a WebSocket's frames", () => {
  it("knows at each byte, however the bytes are cut, whether a frame is whole", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (sent, cuts) => {
        const parts = sent.map(({ first, length, masked }) => frameOf(first, length, masked));
        const bytes = Buffer.concat(parts);
        const ends = new Set(parts.map((_, index) => Buffer.concat(parts.slice(0, index + 1)).length));
        const boundary = new FrameBoundary();
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const next = Math.min(bytes.length, at + (cuts[turn % cuts.length] ?? 1));
          boundary.follow(bytes.subarray(at, next));
          at = next;
          expect(boundary.isOpen).toBe(ends.has(at));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("puts nothing behind a Close frame", () => {
    const boundary = new FrameBoundary();
    boundary.follow(closeFrame("token_expired"));
    expect(boundary.isOpen).toBe(false);
  });
});
