export { armFailpoint } from "./arm-failpoint.js";
export { failpoint } from "./failpoint.js";
export { FAILPOINTS, type FailpointName } from "./failpoints.js";
export { type Arming, readFailpoint } from "./read-failpoint.js";
