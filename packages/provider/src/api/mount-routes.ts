import { apiErrors, decodeAuthorization, podIdentitySchema, providerRoutes, type Route } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context, Hono } from "hono";
import { describeError, type Log } from "../log.ts";
import { answer, answerError, declaredError, headers } from "./answers.ts";
import { beginLines, jsonLines } from "./json-lines.ts";
import type { SignedCall } from "./provider-api.ts";
import { readBody } from "./read-body.ts";

/** One request for a route. Each part is read when it is asked for. */
export interface RouteCall<Body, Query> {
  /** Pod and authorization of a route about a pod. @throws POD_UNKNOWN, REQUEST_SIGNATURE */
  readonly signed: () => SignedCall;
  /** @throws ROUTE_UNKNOWN */
  readonly query: () => Query;
  /** @throws CONTENT_TYPE, BODY_TOO_LARGE, and what the route's body throws */
  readonly body: () => Promise<Body>;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** What a handler gives back: one document, or the lines of a stream. */
export type RouteReply<Answer> =
  | { readonly value: Answer; readonly status?: number }
  | { readonly lines: AsyncIterable<Answer>; readonly stop: AbortController };

type Handler<Answer, Body, Query> = (
  call: RouteCall<Body, Query>,
) => RouteReply<Answer> | Promise<RouteReply<Answer>>;

/** A handler for every route of the API. */
export type RouteHandlers = {
  readonly [Name in keyof typeof providerRoutes]: (typeof providerRoutes)[Name] extends Route<
    infer Answer,
    infer Body,
    infer Query
  >
    ? Handler<Answer, Body, Query>
    : never;
};

/** Mounts every route of the definition; other methods of their paths are refused with what is allowed. */
export function mountRoutes(app: Hono, handlers: RouteHandlers, log: Log): void {
  const names = Object.keys(providerRoutes) as (keyof RouteHandlers)[];
  const methods = new Map<string, string[]>();
  for (const name of names) {
    const route = providerRoutes[name] as Route;
    const path = route.path.replace(/\{(\w+)\}/g, ":$1");
    const allowed = route.method === "GET" ? ["GET", "HEAD"] : [route.method];
    methods.set(path, [...(methods.get(path) ?? []), ...allowed]);
    app.on(route.method, path, (c) =>
      serve(c, route, handlers[name] as Handler<unknown, unknown, unknown>, log),
    );
  }
  for (const [path, allowed] of methods) {
    app.all(path, (c) => {
      const response = answerError(new ApocError(apiErrors.METHOD_UNKNOWN, { field: c.req.method }));
      response.headers.set("allow", allowed.join(", "));
      return response;
    });
  }
}

async function serve(
  c: Context,
  route: Route,
  handler: Handler<unknown, unknown, unknown>,
  log: Log,
): Promise<Response> {
  try {
    const reply = await handler({
      signed: () => signedCall(c),
      query: () => readQuery(c, route),
      body: async () => route.body?.read(await readBody(c.req.raw, route.body.maxBytes)),
      signal: c.req.raw.signal,
    });
    if ("lines" in reply) {
      const lines = await beginLines(reply.lines);
      return new Response(jsonLines(lines, reply.stop), { headers: headers(route.answer.mediaType) });
    }
    const { write } = route.answer;
    return answer(write === undefined ? reply.value : write(reply.value), reply.status);
  } catch (error) {
    const shown = declaredError(route, error);
    if (shown !== error) log.warn(`${c.req.method} ${c.req.path}: ${describeError(error)}`);
    return answerError(shown);
  }
}

function signedCall(c: Context): SignedCall {
  const [publisher, podId] = [c.req.param("publisher"), c.req.param("podId")];
  const pod = podIdentitySchema.safeParse({ publisher, podId });
  if (!pod.success) {
    throw new ApocError(apiErrors.POD_UNKNOWN, { field: `${publisher}/${podId}`.slice(0, 120) });
  }
  return { pod: pod.data, authorization: decodeAuthorization(c.req.header("authorization")) };
}

function readQuery(c: Context, { query }: Route): unknown {
  const result = query?.safeParse(c.req.query());
  if (result === undefined || result.success) return result?.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(apiErrors.ROUTE_UNKNOWN, {
    field: `?${issue.path.join(".")}`,
    detail: issue.message,
  });
}
