import type { ExitCode } from "./exit-codes.js";
import type { Io } from "./io.js";
import type { Rest } from "./rest/client.js";

/** What every command is given. */
export interface Cli {
  readonly io: Io;
  /** The control plane, as the environment or `login` named it. @throws Failure when neither did */
  rest(): Promise<Rest>;
  /** Ends with another code than 0 although nothing was thrown. */
  end(code: ExitCode): void;
}
