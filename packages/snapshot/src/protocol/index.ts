export * from "./events.js";
export * from "./sync.js";
