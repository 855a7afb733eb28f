import "server-only";
import { type Actor, type Client, type ControlPlane, type FleetScope, type Permission, parseInput, type TenantScope } from "@sallyport/control-plane";
import { tenantSlug } from "@sallyport/snapshot";
import { z } from "zod";

/** Who may call a route; the same words as on the tRPC ladder. */
export type RestAccess = "public" | "signed_in" | { readonly fleet: Permission } | { readonly tenant: Permission };

/** What the caller said of the version that it saw (RFC 9110 §13.1). */
export interface Precondition {
  /** `If-Match: "3"` */
  readonly version: number | null;
  /** `If-None-Match: *`: only where nothing stands yet. */
  readonly mustBeNew: boolean;
}

export interface RestContext {
  readonly cp: ControlPlane;
  readonly client: Client;
  readonly precondition: Precondition;
}
export interface SignedInContext extends RestContext {
  readonly actor: Actor;
}
export interface FleetContext extends SignedInContext {
  readonly scope: FleetScope;
}
export interface TenantContext extends SignedInContext {
  readonly scope: TenantScope;
}

/** @typeParam B what the response schema takes */
interface RestAnswer<B> {
  readonly body: B;
  /** Sent as the ETag of a versioned object. */
  readonly version?: number;
}

type Shape = z.ZodObject;
interface Description<P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1`, parameters in braces: `/revisions/{number}/rollback`. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly status?: 200 | 201 | 204;
  readonly response: R;
  /** The object has an ETag; changing it takes `If-Match`, creating it `If-None-Match: *`. */
  readonly versioned?: boolean;
  /** The answer holds something that is shown once: it is not kept for a repeated Idempotency-Key. */
  readonly secret?: boolean;
}

interface Input<P extends Shape, Q extends Shape, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
}

/** Raw input of one call, before any schema has seen it. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One row of the table: everything that dispatcher, OpenAPI document and access matrix need to know. */
export interface RestRoute extends Description<Shape, Shape, z.ZodType, z.ZodType> {
  readonly access: RestAccess;
  /** Opens the scope, parses the input, calls the service. `actor` is null on public routes only. */
  run(raw: RawInput, context: RestContext & { readonly actor: Actor | null }): Promise<RestAnswer<unknown>>;
}

const NOTHING = z.object({});
const NO_BODY = z.undefined();

type Handle<C, P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType> = (
  context: C,
  input: Input<P, Q, B>,
) => Promise<RestAnswer<z.input<R>>>;

function define<C, P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>(
  access: RestAccess,
  description: Description<P, Q, B, R>,
  open: (context: RestContext & { readonly actor: Actor | null }, raw: RawInput) => Promise<C>,
  handle: Handle<C, P, Q, B, R>,
): RestRoute {
  const { params = NOTHING, query = NOTHING.strict(), body = NO_BODY } = description;
  return {
    ...description,
    access,
    async run(raw, context) {
      // Scope first: a caller who may not see the object learns nothing of what would be wrong with the input.
      const opened = await open(context, raw);
      return handle(opened, {
        params: parseInput(params, raw.params) as z.output<P>,
        query: parseInput(query, raw.query) as z.output<Q>,
        body: parseInput(body, raw.body) as z.output<B>,
      });
    },
  };
}

function actorOf<C extends RestContext & { readonly actor: Actor | null }>(context: C): C & SignedInContext {
  const { actor } = context;
  if (actor === null) throw new Error("the dispatcher let a call without an actor through");
  return { ...context, actor };
}

/** A route for everybody. */
export const publicRoute = <P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>(
  description: Description<P, Q, B, R>,
  handle: Handle<RestContext, P, Q, B, R>,
): RestRoute => define("public", description, async (context) => context, handle);

/** A route for every valid token; the service decides what it sees. */
export const signedInRoute = <P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>(
  description: Description<P, Q, B, R>,
  handle: Handle<SignedInContext, P, Q, B, R>,
): RestRoute => define("signed_in", description, async (context) => actorOf(context), handle);

/** A route that takes a fleet-wide permission; the handler gets the scope that proves it. */
export const fleetRoute = <P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>(
  permission: Permission,
  description: Description<P, Q, B, R>,
  handle: Handle<FleetContext, P, Q, B, R>,
): RestRoute =>
  define(
    { fleet: permission },
    description,
    async (context) => {
      const signedIn = actorOf(context);
      return { ...signedIn, scope: await signedIn.cp.access.fleet(signedIn.actor, permission) };
    },
    handle,
  );

/** A route under `/tenants/{slug}` that takes a permission on that tenant. */
export const tenantRoute = <P extends Shape, Q extends Shape, B extends z.ZodType, R extends z.ZodType>(
  permission: Permission,
  description: Description<P, Q, B, R>,
  handle: Handle<TenantContext, P, Q, B, R>,
): RestRoute =>
  define(
    { tenant: permission },
    description,
    async (context, raw) => {
      const signedIn = actorOf(context);
      // A slug that cannot exist gets the same answer as one that does not.
      const slug = tenantSlug.safeParse(raw.params.slug);
      return { ...signedIn, scope: await signedIn.cp.access.tenant(signedIn.actor, slug.success ? slug.data : "", permission) };
    },
    handle,
  );
