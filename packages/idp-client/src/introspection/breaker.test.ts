import { fixedClock } from "@sallyport/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { type Breaker, createBreaker } from "./breaker.js";

const settings = { failures: 3, openSeconds: 30, probes: 2 };
let clock: ReturnType<typeof fixedClock>;
let opened: number;
let breaker: Breaker;
const fail = (times: number) => {
  for (let count = 0; count < times; count += 1) breaker.enter()?.failed();
};

beforeEach(() => {
  clock = fixedClock();
  opened = 0;
  breaker = createBreaker({
    clock,
    settings: () => settings,
    onOpen: () => {
      opened += 1;
    },
  });
});

describe("a breaker", () => {
  it("opens after that many failures in a row, and not by as many with a success between", () => {
    fail(2);
    breaker.enter()?.succeeded();
    fail(2);
    expect(breaker.state).toBe("closed");
    fail(1);
    expect(breaker.state).toBe("open");
    expect(breaker.enter()).toBeNull();
    expect(opened).toBe(1);
  });

  it("lets exactly its probes through when the time is up, refuses everybody else, and closes when all succeed", () => {
    fail(3);
    clock.advance(29_999);
    expect(breaker.enter()).toBeNull();
    clock.advance(1);
    expect(breaker.state).toBe("half_open");
    const probes = [breaker.enter(), breaker.enter()];
    expect(breaker.enter()).toBeNull();
    probes[0]?.succeeded();
    expect(breaker.enter()).toBeNull();
    probes[1]?.succeeded();
    expect(breaker.state).toBe("closed");
    expect(breaker.enter()).not.toBeNull();
  });

  it("opens again by one failed probe for the whole time, and reports the opening once", () => {
    fail(3);
    clock.advance(30_000);
    const probes = [breaker.enter(), breaker.enter()];
    probes[0]?.failed();
    expect(breaker.state).toBe("open");
    probes[1]?.succeeded();
    expect(breaker.state).toBe("open");
    clock.advance(29_999);
    expect(breaker.enter()).toBeNull();
    clock.advance(1);
    expect(breaker.enter()).not.toBeNull();
    expect(opened).toBe(1);
  });

  it("gives a probe's place to the next when it came to nothing", () => {
    fail(3);
    clock.advance(30_000);
    const probes = [breaker.enter(), breaker.enter()];
    probes[0]?.abandoned();
    const next = breaker.enter();
    expect(next).not.toBeNull();
    probes[1]?.succeeded();
    next?.succeeded();
    expect(breaker.state).toBe("closed");
  });

  it("does not count calls that began before it moved on", () => {
    const early = [breaker.enter(), breaker.enter()];
    fail(3);
    clock.advance(30_000);
    const probe = breaker.enter();
    early[0]?.failed();
    early[1]?.succeeded();
    expect(breaker.state).toBe("half_open");
    probe?.succeeded();
    expect(breaker.state).toBe("half_open");
    breaker.enter()?.succeeded();
    expect(breaker.state).toBe("closed");
  });

  it("follows the monotonic clock: a wall clock that is set moves nothing", () => {
    fail(3);
    clock.setWall(clock.now() + 3_600_000);
    expect(breaker.enter()).toBeNull();
  });
});
