import type { Allow, CompiledSnapshot, DenyCode, KeySource } from "@sallyport/pipeline";
import type { RequestParts } from "./fleet.fixture.js";

/** What an upstream gets. */
export type Sent = Pick<Allow, "upstreamHeaders" | "upstreamTarget">;

/** One hostile or valid request, and the answer that it must get: of the pipeline's function, and of a running node over a socket. */
export interface HostileCase extends RequestParts {
  readonly name: string;
  /** `allow`, or the code of the refusal. */
  readonly expect: DenyCode | "allow";
  /** The refusal's status, where a table pins it down as well as the code. */
  readonly status?: number;
  /** Kinds of the findings that must be reported, in order; none unless given. */
  readonly findings?: readonly string[];
  /** Looks at what goes to the upstream; throws when it is not as it must be. */
  readonly upstream?: (sent: Sent) => void;
  /** Instead of the table's. */
  readonly compiled?: CompiledSnapshot;
  readonly keys?: KeySource;
  /** What differs over a socket, because the HTTP parser or the gateway acts before or after the pipeline. */
  readonly onWire?: {
    readonly expect?: DenyCode | "allow";
    readonly findings?: readonly string[];
    /** The gateway itself sets the field that `upstream` looks at. */
    readonly gatewaySets?: true;
  };
}

/** The cases of one numbered clause of the contract, SECURITY §1; or, without a number, of a part of BEHAVIOUR that the title names. */
export interface HostileTable {
  readonly clause: number | null;
  readonly title: string;
  readonly cases: readonly HostileCase[];
}
