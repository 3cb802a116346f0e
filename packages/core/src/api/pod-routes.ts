import { z } from "zod";
import { apiErrors, podErrors } from "../errors.ts";
import { podKeyRequestSchema } from "./pod-key-request.ts";
import { type PodStatus, podStatusSchema } from "./documents.ts";
import { type PodLogLine, podLogLineSchema, type PodLogQuery, podLogQuerySchema } from "./log-lines.ts";
import { maxRequestBytes } from "./parse-body.ts";
import { podRequestSchema } from "./pod-request.ts";
import type { Route } from "./route.ts";
import { admittingErrors, bodyErrors, commonErrors, signedErrors } from "./route-errors.ts";

/** Answer of {@link putPodKey}. */
export interface PodKeyStored {
  readonly status: "stored";
}

const podStatuses = {
  200: "Status of the pod",
  202: "Status of the pod, which is on its way into the state that was asked for",
};

/** Deploys or updates. */
export const putPod: Route<PodStatus, Uint8Array, undefined> = {
  method: "PUT",
  path: "/v1/pods/{publisher}/{podId}",
  summary: "Deploy or update a pod",
  actions: ["deploy", "update"],
  // The signature covers the exact bytes; the service parses them.
  body: { schema: podRequestSchema, maxBytes: maxRequestBytes, read: (bytes) => bytes },
  answer: { schema: podStatusSchema, mediaType: "application/json", statuses: podStatuses },
  errors: [...commonErrors, ...bodyErrors, ...signedErrors, ...admittingErrors, apiErrors.BUSY],
};

/** Adds, changes or revokes a key. */
export const putPodKey: Route<PodKeyStored, Uint8Array, undefined> = {
  method: "PUT",
  path: "/v1/pods/{publisher}/{podId}/keys",
  summary: "Add a key to a pod, change its scopes, or revoke it",
  actions: ["keys"],
  body: { schema: podKeyRequestSchema, maxBytes: 4 * 1024, read: (bytes) => bytes },
  answer: {
    schema: z.object({ status: z.literal("stored") }),
    mediaType: "application/json",
    statuses: { 200: "What the wallet says about the key is stored, and holds from now on" },
  },
  errors: [
    ...commonErrors,
    ...bodyErrors,
    ...signedErrors,
    podErrors.MANIFEST_FIELD,
    apiErrors.KEY_REVOKED,
    apiErrors.BUSY,
  ],
};

/** Reads a status. */
export const getPod: Route<PodStatus, undefined, undefined> = {
  method: "GET",
  path: "/v1/pods/{publisher}/{podId}",
  summary: "Get the status of a pod",
  actions: ["status"],
  answer: { schema: podStatusSchema, mediaType: "application/json", statuses: { 200: podStatuses[200] } },
  errors: [...commonErrors, ...signedErrors],
};

/** Removes permanently. */
export const deletePod: Route<PodStatus, undefined, undefined> = {
  method: "DELETE",
  path: "/v1/pods/{publisher}/{podId}",
  summary: "Remove a pod with its volumes, claim its last usage, and terminate its channels",
  actions: ["delete"],
  answer: { schema: podStatusSchema, mediaType: "application/json", statuses: podStatuses },
  errors: [...commonErrors, ...signedErrors],
};

/** Streams logs. */
export const podLogs: Route<PodLogLine, undefined, PodLogQuery> = {
  method: "GET",
  path: "/v1/pods/{publisher}/{podId}/logs",
  summary: "Read the logs of a pod",
  actions: ["logs"],
  query: podLogQuerySchema,
  answer: {
    schema: podLogLineSchema,
    mediaType: "application/jsonl",
    statuses: { 200: "Log lines, one a line" },
  },
  errors: [...commonErrors, ...signedErrors, apiErrors.CONTAINER_UNKNOWN, apiErrors.ROUTE_UNKNOWN],
};
