export { seedDemoConfiguration } from "./seed-configuration.js";
export { isDemoHistoryTold, seedDemoHistory } from "./seed-history.js";
