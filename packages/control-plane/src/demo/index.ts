export { seedDemoConfiguration } from "./seed-configuration.js";
export { seedDemoHistory } from "./seed-history.js";
