import type { IncomingMessage, ServerResponse } from "node:http";
import { answerError } from "./answer-error.ts";
import { dialPod, type PodTimeouts } from "./dial-pod.ts";
import { endToEnd, requestHeaders } from "./forwarded-headers.ts";
import type { PodTarget } from "./pod-address.ts";

/** Passes a request on to a pod and its answer back, both as streams. */
export function forwardRequest(
  address: PodTarget,
  incoming: IncomingMessage,
  answer: ServerResponse,
  timeouts: PodTimeouts,
): void {
  const outgoing = dialPod(address, incoming, requestHeaders(incoming), timeouts, (error) => {
    incoming.unpipe();
    answerError(answer, error);
  });
  outgoing.once("response", (response) => {
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, endToEnd(response.headers));
    response.pipe(answer);
    // A cut answer must not look like a complete one.
    response.once("aborted", () => answer.destroy());
    response.on("error", () => answer.destroy());
  });
  answer.once("close", () => outgoing.destroy());
  incoming.on("error", () => outgoing.destroy());
  incoming.pipe(outgoing);
}
