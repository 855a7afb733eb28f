export {
  type CertificateRequest,
  createTestCertificate,
  issueCertificate,
  type TestCertificate,
  type TestKeyType,
} from "./certificate-authority.js";
export { type ConnectProxy, startConnectProxy } from "./connect-proxy.js";
export { type EchoAnswer, type EchoUpstream, startEchoUpstream } from "./echo-upstream.js";
export { type FixedClock, fixedClock } from "./fixed-clock.js";
export { type ForkedHostileIdp, forkHostileIdp } from "./fork-hostile-idp.js";
export { freePort } from "./free-port.js";
export {
  type AskedQuestion,
  HOSTILE_ANSWERS,
  HOSTILE_DISCOVERY,
  HOSTILE_JWKS,
  type HostileIdp,
  type HostileIdpDocument,
  type HostileIdpModes,
  type HostileIdpOptions,
  startHostileIdp,
} from "./hostile-idp.js";
export { type JwksServer, type JwksServerMode, startJwksServer } from "./jwks-server.js";
export { listen, listenWithTls, PortTakenError, type RunningServer } from "./listen.js";
export { MISBEHAVIOURS, type Misbehaviour } from "./misbehave.js";
export { type OidcProvider, type OidcProviderOptions, type ProviderAlgorithm, type ProviderClient, startOidcProvider } from "./oidc-provider.js";
export { type PostgresServer, startPostgresServer } from "./postgres-server.js";
export { type RawRequestOptions, type RawResponse, rawRequest } from "./raw-request.js";
export { type RedisGroup, type RedisServer, startRedisCluster, startRedisSentinel, startRedisServer } from "./redis-server.js";
export { type ScriptedResolver, scriptedResolver } from "./scripted-resolver.js";
export { type RunningProgram, runSystemProgram, type SystemProgram } from "./system-program.js";
export { createTokenMint, type Jwk, type MintAlgorithm, type TokenMint } from "./token-mint.js";
