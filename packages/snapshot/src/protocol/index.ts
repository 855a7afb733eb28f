export * from "./bundle.js";
export * from "./events.js";
export * from "./limits.js";
export * from "./renewal.js";
export * from "./sync.js";
