import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { dialPod, type PodTimeouts } from "./dial-pod.ts";
import { endToEnd, requestHeaders } from "./forwarded-headers.ts";
import type { PodTarget } from "./pod-address.ts";
import { rawError, rawHead } from "./raw-answer.ts";

/** Passes an upgrade (WebSocket) on to a pod, and then bytes both ways. */
export function forwardUpgrade(
  address: PodTarget,
  incoming: IncomingMessage,
  socket: Duplex,
  rest: Buffer,
  timeouts: PodTimeouts,
): void {
  const headers = {
    ...requestHeaders(incoming),
    connection: "Upgrade",
    upgrade: incoming.headers.upgrade ?? "",
  };
  const outgoing = dialPod(address, incoming, headers, timeouts, (error) => {
    if (!socket.destroyed) socket.end(rawError(error));
  });
  outgoing.once("upgrade", (response, upstream, first) => {
    const lines = Object.entries({
      ...endToEnd(response.headers),
      connection: "Upgrade",
      upgrade: response.headers.upgrade ?? "",
    });
    socket.write(rawHead(101, "Switching Protocols", lines));
    socket.write(first);
    upstream.write(rest);
    // A WebSocket may be silent for long; a peer that is gone is found by TCP.
    for (const end of [socket, upstream]) {
      if (!(end instanceof Socket)) continue;
      end.setTimeout(0);
      end.setKeepAlive(true, 60_000);
    }
    upstream.on("error", () => socket.destroy());
    upstream.once("close", () => socket.destroy());
    socket.once("close", () => upstream.destroy());
    upstream.pipe(socket).pipe(upstream);
  });
  outgoing.once("response", (response) => {
    socket.write(
      rawHead(response.statusCode ?? 502, response.statusMessage ?? "", [
        ...Object.entries(endToEnd(response.headers)),
        ["connection", "close"],
      ]),
    );
    response.on("error", () => socket.destroy());
    response.pipe(socket);
  });
  socket.once("close", () => outgoing.destroy());
  outgoing.end();
}
