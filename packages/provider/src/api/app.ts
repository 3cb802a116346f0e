import { apiErrors, openApiDocument, type PodState } from "@apoc/core";
import { fromHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { Hono } from "hono";
import { describeError, type Log } from "../log.ts";
import { answerError } from "./answers.ts";
import { mountRoutes } from "./mount-routes.ts";
import type { ProviderApi } from "./provider-api.ts";
import { WorkQueue } from "./work-queue.ts";

/**
 * The HTTP API: `providerRoutes` of `@apoc/core`, and how much of each is done at once. There is no exec, attach, copy
 * or port-forward, on purpose. Everything about a pod needs a request signed by its publisher or a key of it.
 */
export function createApp(api: ProviderApi, log: Log): Hono {
  const app = new Hono();
  const attests = new WorkQueue("attest", 2, 32);
  const quotes = new WorkQueue("quote", 4, 32);
  // Nobody signs a quote request: also the bodies that are being read are counted.
  const quoteBodies = new WorkQueue("quote", 64, 0);
  const deployments = new WorkQueue("pods", 4, 32);
  const description = openApiDocument();

  mountRoutes(
    app,
    {
      health: () => ({ value: { status: "ok" } }),
      openApi: () => ({ value: description }),
      info: () => ({ value: api.info() }),
      async attest({ body }) {
        const { nonce } = await body();
        return { value: await attests.run(() => api.attest(fromHex(nonce.slice(2)))) };
      },
      async quote({ body }) {
        return {
          value: await quoteBodies.run(async () => {
            const request = await body();
            return quotes.run(() => api.quote(request));
          }),
        };
      },
      async uploadGrant({ body }) {
        const grant = await body();
        await deployments.run(() => api.uploadGrant(grant));
        return { value: { status: "stored" }, status: 201 };
      },
      async putPod({ signed, body }) {
        const call = signed();
        const bytes = await body();
        const status = await deployments.run(() => api.putPod({ ...call, body: bytes }));
        return { value: status, status: statusFor(status.state) };
      },
      async putPodKey({ signed, body }) {
        const call = signed();
        const bytes = await body();
        await deployments.run(() => api.putPodKey({ ...call, body: bytes }));
        return { value: { status: "stored" } };
      },
      async getPod({ signed }) {
        return { value: await api.getPod(signed()) };
      },
      async deletePod({ signed }) {
        const status = await api.deletePod(signed());
        return { value: status, status: statusFor(status.state) };
      },
      async podLogs({ signed, query, signal }) {
        const call = signed();
        const wanted = query();
        // Whoever goes away stops the stream: by the request's signal, or by cancelling the body.
        const stop = new AbortController();
        const lines = await api.logs(call, { ...wanted, signal: AbortSignal.any([stop.signal, signal]) });
        return { lines, stop };
      },
    },
    log,
  );
  app.notFound((c) =>
    answerError(
      new ApocError(apiErrors.ROUTE_UNKNOWN, { field: `${c.req.method} ${c.req.path.slice(0, 200)}` }),
    ),
  );
  app.onError((error, c) => {
    log.warn(`${c.req.method} ${c.req.path}: ${describeError(error)}`);
    return answerError(new ApocError(apiErrors.UNEXPECTED));
  });
  return app;
}

/** 202 while the pod is on its way into the state that was asked for. */
function statusFor(state: PodState): number {
  return state === "accepted" || state === "preparing" || state === "draining" ? 202 : 200;
}
