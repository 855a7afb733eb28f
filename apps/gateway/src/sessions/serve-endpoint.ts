import { BACKCHANNEL_LOGOUT_PATH, CALLBACK_PATH, LOGIN_PATH, LOGOUT_PATH } from "@sallyport/pipeline";
import { StateStoreUnavailable } from "@sallyport/state-store";
import { beginLogin } from "./begin-login.js";
import { completeLogin } from "./complete-login.js";
import { type Endpoint, type EndpointAnswer, type EndpointCall, type EndpointDeps, loginProviders, refusal } from "./endpoint.js";
import { backchannelLogout, logout } from "./logout.js";

/** The gateway's own endpoints, on each host that names a tenant. */
const ENDPOINTS: ReadonlyMap<string, { readonly method: "GET" | "POST"; readonly serve: Endpoint }> = new Map([
  [LOGIN_PATH, { method: "GET", serve: beginLogin }],
  [CALLBACK_PATH, { method: "GET", serve: completeLogin }],
  [LOGOUT_PATH, { method: "POST", serve: logout }],
  [BACKCHANNEL_LOGOUT_PATH, { method: "POST", serve: backchannelLogout }],
]);

export type ServeEndpoint = (call: EndpointCall) => Promise<EndpointAnswer>;

/** What is not there is 404, also where the tenant has no IdP that people sign in with; without the store nothing is done by halves. */
export function createEndpoints(deps: EndpointDeps): ServeEndpoint {
  const { store } = deps;
  return async (call) => {
    const { request, facts } = call;
    const endpoint = ENDPOINTS.get(request.path);
    if (endpoint === undefined) return refusal("route_not_found", "the gateway has no such endpoint");
    if (loginProviders(request).length === 0) return refusal("route_not_found", "the tenant has no identity provider with a login");
    if (facts.method !== endpoint.method)
      return { code: "method_not_allowed", detail: `the endpoint takes ${endpoint.method}`, allowedMethods: [endpoint.method] };
    if (store === null) return refusal("session_store_unavailable", "SALLYPORT_STATE_URL is not set");
    try {
      return await endpoint.serve(call, { ...deps, store });
    } catch (error) {
      if (!(error instanceof StateStoreUnavailable)) throw error;
      return refusal("session_store_unavailable", error.message);
    }
  };
}
