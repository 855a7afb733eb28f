import type { ParsedToken } from "../jwt/parse-token.js";
import type { Seen } from "./look-again.js";

/** What is seen of a request that presents a well-formed JWT. */
export interface SeenToken extends Seen {
  readonly token: ParsedToken;
}
