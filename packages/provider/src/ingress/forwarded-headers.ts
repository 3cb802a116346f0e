import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Headers that concern one connection only (RFC 9110, section 7.6.1) and so are never passed on. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Headers that `Connection` may not take away: without its length a body follows its head as a request of its own, with
 * any `X-Forwarded-For` in it; without `Host` the pod is told another name.
 */
const kept = ["content-length", "host"];

type Headers = Record<string, string | string[]>;

/**
 * Headers of a request as a pod gets them. What the client claims about proxies before us is dropped: nobody in
 * front is known, so a pod can rely on `X-Forwarded-For`.
 */
export function requestHeaders(incoming: IncomingMessage): Headers {
  const headers = endToEnd(incoming.headers);
  for (const name of Object.keys(headers)) {
    if (name === "forwarded" || name.startsWith("x-forwarded-") || name === "x-real-ip") delete headers[name];
  }
  // Node frames a body only if told to; without this one of a DELETE would follow its head as a request of its own.
  if (incoming.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  headers["x-forwarded-for"] = incoming.socket.remoteAddress ?? "unknown";
  headers["x-forwarded-host"] = incoming.headers.host ?? "";
  headers["x-forwarded-proto"] = "http";
  return headers;
}

/** Headers without those of the connection, neither the fixed ones nor those that `Connection` names. */
export function endToEnd(headers: IncomingHttpHeaders): Headers {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const dropped = new Set([...hopByHop, ...named.filter((name) => !kept.includes(name))]);
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] => !dropped.has(entry[0]) && entry[1] !== undefined,
    ),
  );
}
