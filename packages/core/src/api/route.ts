import type { ErrorDescriptor } from "@apoc/errors";
import type { z } from "zod";
import type { PodIdentity } from "../pod/pod-identity.ts";
import type { PodAction } from "./request.ts";

/** JSON body that a route takes. */
export interface RouteBody<Body> {
  /** Its form. `read` may refuse what a schema cannot say. */
  readonly schema: z.ZodType;
  readonly maxBytes: number;
  /** Reads the exact bytes that came. Throws errors that the route declares. */
  readonly read: (bytes: Uint8Array) => Body;
}

/** What a route answers on success. */
export interface RouteAnswer<Answer> {
  /** Of the document, or of one line of JSON lines. */
  readonly schema: z.ZodType<Answer>;
  readonly mediaType: "application/json" | "application/jsonl";
  /** The JSON value that goes over the wire; amounts as decimal strings where there is none. */
  readonly write?: (answer: Answer) => unknown;
  /** Meaning of each status of success. */
  readonly statuses: Readonly<Record<number, string>>;
}

/**
 * One route of the provider API. The server mounts it, the client calls it and the OpenAPI document describes it, all
 * from this value.
 */
export interface Route<Answer = unknown, Body = unknown, Query = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path with parameters in braces. They name a pod, those that there are: `/v1/pods/{publisher}/{podId}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** Actions of which one must be signed in the `Authorization` header; without, everybody may ask. */
  readonly actions?: readonly PodAction[];
  /** Form of the query: names and texts. */
  readonly query?: z.ZodType<Query, Readonly<Record<string, string>>>;
  readonly body?: RouteBody<Body>;
  readonly answer: RouteAnswer<Answer>;
  /** Every error that it can answer; their statuses are those of `statusOfError`. */
  readonly errors: readonly ErrorDescriptor[];
}

/** Path of a route for one pod. */
export function routePath({ path }: Pick<Route, "path">, pod?: PodIdentity): string {
  return pod === undefined ? path : path.replace("{publisher}", pod.publisher).replace("{podId}", pod.podId);
}
