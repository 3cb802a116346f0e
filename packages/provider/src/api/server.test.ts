import { apiErrors } from "@apoc/core";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { once } from "node:events";
import { Hono } from "hono";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../errors.ts";
import type { LogLine } from "../runtime/index.ts";
import { createTlsIdentity } from "../tee/index.ts";
import { jsonLines } from "./json-lines.ts";
import { serveApi } from "./server.ts";
import { WorkQueue } from "./work-queue.ts";

const loopback = { host: "127.0.0.1", port: 0 };

test("a reader of logs that goes away stops the stream at its source", async () => {
  const stop = new AbortController();
  async function* endless(): AsyncGenerator<LogLine> {
    for (;;) {
      yield { container: "web", stream: "stdout", time: "2026-01-01T00:00:00Z", text: "x".repeat(1000) };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const app = new Hono();
  app.get("/logs", () => new Response(jsonLines(endless()[Symbol.asyncIterator](), stop)));
  const tls = await createTlsIdentity(["127.0.0.1"]);
  const server = await serveApi(app, tls, loopback);
  onTestFinished(() => server.close(0));
  const outgoing = request({ ...loopback, port: server.port, path: "/logs", ca: tls.cert });
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  await once(answer, "data");
  expect(answer.socket).toMatchObject({ authorized: true });
  const stopped = once(stop.signal, "abort");
  outgoing.destroy();
  await stopped;
});

test("an address that is taken", async () => {
  const tls = await createTlsIdentity(["127.0.0.1"]);
  const server = await serveApi(new Hono(), tls, loopback);
  onTestFinished(() => server.close(0));
  await expect(serveApi(new Hono(), tls, { ...loopback, port: server.port })).rejects.toMatchObject({
    code: providerErrors.LISTEN_FAILED.code,
  });
});

test("work waits for its turn, and beyond the bound is refused", async () => {
  const queue = new WorkQueue("attest", 1, 1);
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const done: number[] = [];
  const work = (index: number) => queue.run(() => gates[index]!.promise.then(() => void done.push(index)));
  const running = [work(0), work(1)];
  await expect(queue.run(async () => {})).rejects.toMatchObject({ code: apiErrors.BUSY.code });
  gates[1]!.resolve();
  await Promise.resolve();
  expect(done).toEqual([]);
  gates[0]!.resolve();
  await Promise.all(running);
  expect(done).toEqual([0, 1]);
  await expect(queue.run(async () => "free")).resolves.toBe("free");
});
