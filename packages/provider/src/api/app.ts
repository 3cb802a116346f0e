import { evidenceDocument } from "@apoc/attestation";
import {
  bytes32Schema,
  decodeAuthorization,
  maxPodRequestBytes,
  parse,
  parseGrant,
  type QuoteRequest,
  quoteRequestSchema,
  validatePodManifest,
} from "@apoc/core";
import { patterns } from "@apoc/encoding";
import { ApocError, isApocError } from "@apoc/errors";
import { type Context, Hono } from "hono";
import type { Hex } from "viem";
import { z } from "zod";
import { providerErrors } from "../errors.ts";
import { describeError, type Log } from "../log.ts";
import { answer, answerError, headers, statusFor } from "./answers.ts";
import { jsonLines, logQuerySchema } from "./log-lines.ts";
import type { ProviderApi, SignedCall } from "./provider-api.ts";
import { readBody } from "./read-body.ts";
import { WorkQueue } from "./work-queue.ts";

const smallBody = 4 * 1024;
const grantBody = 16 * 1024;

const nonceBody = z.strictObject({ nonce: bytes32Schema });

/**
 * The HTTP API (docs/spec/admission.md, "HTTP API"). There is no exec, attach, copy or port-forward, on purpose.
 * Everything about a pod needs a request signed by the publisher of its channel.
 */
export function createApp(api: ProviderApi, log: Log): Hono {
  const app = new Hono();
  const attests = new WorkQueue("attest", 2, 32);
  const quotes = new WorkQueue("quote", 4, 32);
  // Nobody signs a quote request: also the bodies that are being read are counted.
  const quoteBodies = new WorkQueue("quote", 64, 0);
  const deployments = new WorkQueue("pods", 4, 32);

  app.get("/healthz", () => answer({ status: "ok" }));
  app.get("/v1/info", () => answer(api.info()));
  app.post("/v1/attest", async (c) => {
    const { nonce } = parse(nonceBody, await readBody(c.req.raw, smallBody));
    const evidence = await attests.run(() => api.attest(new Uint8Array(Buffer.from(nonce.slice(2), "hex"))));
    return answer(evidenceDocument(evidence));
  });
  app.post("/v1/quote", async (c) => {
    const quote = await quoteBodies.run(async () => {
      const body = await readBody(c.req.raw, maxPodRequestBytes);
      return quotes.run(() => api.quote(readQuoteRequest(body)));
    });
    return answer(quote);
  });
  app.post("/v1/grants", async (c) => {
    const body = await readBody(c.req.raw, grantBody);
    await deployments.run(() => api.uploadGrant(parseGrant(new TextDecoder().decode(body))));
    return answer({ status: "stored" }, 201);
  });
  app.put("/v1/pods/:id", async (c) => {
    const call = signedCall(c);
    const body = await readBody(c.req.raw, maxPodRequestBytes);
    const status = await deployments.run(() => api.putPod({ ...call, body }));
    return answer(status, statusFor(status.state));
  });
  app.get("/v1/pods/:id", async (c) => answer(await api.getPod(signedCall(c))));
  app.delete("/v1/pods/:id", async (c) => {
    const status = await api.deletePod(signedCall(c));
    return answer(status, statusFor(status.state));
  });
  app.get("/v1/pods/:id/logs", async (c) => {
    const call = signedCall(c);
    const query = logQuerySchema.safeParse(c.req.query());
    if (!query.success) {
      const issue = query.error.issues[0]!;
      throw new ApocError(providerErrors.ROUTE_UNKNOWN, {
        field: `logs?${issue.path.join(".")}`,
        detail: issue.message,
      });
    }
    // Whoever goes away stops the stream: by the request's signal, or by cancelling the body.
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, c.req.raw.signal]);
    const lines = await api.logs(call, { ...query.data, signal });
    return new Response(jsonLines(lines, stop), { headers: headers("application/jsonl") });
  });
  app.notFound((c) =>
    answerError(
      new ApocError(providerErrors.ROUTE_UNKNOWN, { field: `${c.req.method} ${c.req.path.slice(0, 200)}` }),
    ),
  );
  app.onError((error, c) => {
    if (!isApocError(error)) log.warn(`${c.req.method} ${c.req.path}: ${describeError(error)}`);
    return answerError(error);
  });
  return app;
}

function signedCall(c: Context): SignedCall {
  const id = c.req.param("id") ?? "";
  if (!patterns.bytes32.test(id)) throw new ApocError(providerErrors.POD_UNKNOWN, { field: id.slice(0, 80) });
  return { id: id as Hex, authorization: decodeAuthorization(c.req.header("authorization")) };
}

function readQuoteRequest(body: Uint8Array): QuoteRequest {
  const { manifest, ...rest } = parse(quoteRequestSchema, body);
  return { ...rest, manifest: validatePodManifest(manifest) };
}
