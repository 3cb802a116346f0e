import { createServer, type Server } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { ApocError } from "@apoc/errors";
import type { Hono } from "hono";
import { providerErrors } from "../errors.ts";
import type { TlsIdentity } from "../tee/index.ts";

/** The listening API. */
export interface ApiServer {
  readonly port: number;
  /** Takes no more requests, waits for those that run, and ends the rest after `graceMilliseconds`. */
  close(graceMilliseconds?: number): Promise<void>;
}

/** Serves an app over TLS 1.3 with the attested key. @throws LISTEN_FAILED */
export async function serveApi(
  app: Hono,
  tls: TlsIdentity,
  listen: { readonly host: string; readonly port: number },
): Promise<ApiServer> {
  const listener = getRequestListener(app.fetch);
  const server: Server = createServer(
    {
      key: tls.key,
      cert: tls.cert,
      minVersion: "TLSv1.3",
      requestTimeout: 60_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 10_000,
      maxHeaderSize: 32 * 1024,
    },
    (request, response) => void listener(request, response),
  );
  server.maxConnections = 512;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new ApocError(providerErrors.LISTEN_FAILED, { field: `${listen.host}:${listen.port}`, cause })),
    );
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : listen.port,
    close: (graceMilliseconds = 5_000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
