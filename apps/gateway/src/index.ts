export { buildGateway, type Gateway, type GatewayDeps } from "./build-gateway.js";
export { type ControlPlaneClient, createControlPlaneClient } from "./control-plane/client.js";
export { type EnvironmentResult, type GatewaySettings, readEnvironment } from "./env.js";
export { createLogger } from "./logger.js";
export type { SecretSource } from "./secrets/secret-source.js";
