import { ApocError, fromErrorDocument } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import { toWire } from "../channel/wire.ts";
import type { PodIdentity } from "../pod/pod-identity.ts";
import { errorDocumentSchema } from "./error-document.ts";
import { parseJson, readText } from "./read-answer.ts";
import { encodeAuthorization } from "./authorization-header.ts";
import type { RequestAuthorization } from "./request.ts";
import { type Route, routePath } from "./route.ts";

/** Where routes are called, and over what. */
export interface RouteTarget {
  /** Without a slash at the end. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
}

/** What one call of a route needs; bytes of a body are sent as they are. */
export interface RouteInput<Body, Query> {
  readonly pod?: PodIdentity;
  readonly query?: Query;
  readonly body?: Body | Uint8Array;
  readonly authorization?: RequestAuthorization;
}

/** Calls a route and reads its answer by the route's schema. @throws PROVIDER_UNREACHABLE, PROVIDER_ANSWER, and what is answered */
export async function callRoute<Answer, Body, Query>(
  target: RouteTarget,
  route: Route<Answer, Body, Query>,
  input: RouteInput<Body, Query> = {},
): Promise<Answer> {
  const path = routePath(route, input.pod);
  const value = parseJson(await readText(await sendRoute(target, route, input), path));
  if (value === undefined) {
    throw new ApocError(admissionErrors.PROVIDER_ANSWER, { field: path, expected: "JSON" });
  }
  const result = route.answer.schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(admissionErrors.PROVIDER_ANSWER, {
    field: `${path} ${issue.path.join(".")}`,
    detail: issue.message,
  });
}

/** Calls a route and gives the answer of success unread. @throws PROVIDER_UNREACHABLE, PROVIDER_ANSWER, and what is answered */
export async function sendRoute<Answer, Body, Query>(
  { url, fetch, signal }: RouteTarget,
  route: Route<Answer, Body, Query>,
  { pod, query, body, authorization }: RouteInput<Body, Query>,
): Promise<Response> {
  const path = routePath(route, pod);
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (authorization !== undefined) headers["authorization"] = encodeAuthorization(authorization);
  let response: Response;
  try {
    response = await fetch(url + path + search(query), {
      method: route.method,
      headers,
      redirect: "error",
      ...(body === undefined ? {} : { body: encode(body) as BodyInit }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause instanceof ApocError ? cause.cause : cause;
    if (inner instanceof ApocError) throw inner;
    throw new ApocError(admissionErrors.PROVIDER_UNREACHABLE, {
      field: url,
      cause,
      detail: cause instanceof Error ? cause.message : undefined,
    });
  }
  if (response.ok) return response;
  throw await answeredError(response, path);
}

/** The error that an answer states, with its code. */
async function answeredError(response: Response, path: string): Promise<ApocError> {
  const text = await readText(response, path);
  const value = parseJson(text) as { readonly error?: unknown } | null | undefined;
  const stated = errorDocumentSchema.safeParse(value?.error);
  const error = stated.success ? fromErrorDocument(stated.data) : undefined;
  return (
    error ??
    new ApocError(admissionErrors.PROVIDER_ANSWER, {
      field: path,
      expected: "success",
      actual: `status ${response.status}`,
    })
  );
}

function encode(body: unknown): Uint8Array | string {
  return body instanceof Uint8Array ? body : JSON.stringify(toWire(body));
}

function search(query: unknown): string {
  const entries = Object.entries((query ?? {}) as Record<string, unknown>);
  const given = entries.filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
