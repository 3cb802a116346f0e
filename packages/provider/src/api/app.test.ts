import { admissionErrors, apiErrors, encodeAuthorization, openApiDocument } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../errors.ts";
import { keptLog } from "../testing/manual-clock.ts";
import { providerScene } from "../testing/provider-scene.ts";
import {
  chainId,
  channelTerms,
  container,
  podManifest,
  prices,
  provider,
  stranger,
} from "../testing/sample-pod.ts";
import { createApp } from "./app.ts";
import type { ProviderApi } from "./provider-api.ts";

async function setUp() {
  const scene = await providerScene();
  onTestFinished(() => scene.dispose());
  const channel = channelTerms();
  const paid = scene.pay(channel);
  const manifest = podManifest([container("web", scene.images.own.reference)]);
  const body = scene.request(channel, manifest);
  return { ...scene, channel, paid, manifest, body };
}

test("a paid pod is admitted, made, shown, and removed by signed requests", async () => {
  const { client, authorize, paid, body, reconciler, clock } = await setUp();
  const accepted = await client.putPod(paid, body, await authorize("deploy", paid, body));
  expect(accepted).toMatchObject({
    version: 2,
    publisher: paid.publisher,
    podId: paid.podId,
    name: "books",
    state: "accepted",
    channels: [{ id: paid.channel, metered: 0n, claimed: 0n }],
  });
  await reconciler.round();
  expect(await client.getPod(paid, await authorize("status", paid))).toMatchObject({
    state: "running",
    containers: [{ name: "web", phase: "running", restarts: 0 }],
  });
  clock.advance(10_000);
  expect(await client.deletePod(paid, await authorize("delete", paid))).toMatchObject({
    state: "removed",
    channels: [{ id: paid.channel, metered: 10n }],
  });
  expect(await client.getPod(paid, await authorize("status", paid))).toMatchObject({
    state: "removed",
    containers: [],
  });
});

test("the same deployment again changes nothing; another manifest is an update of the same channel", async () => {
  const { client, authorize, paid, body, request, channel, manifest, reconciler, state } = await setUp();
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  await reconciler.round();
  expect(await client.putPod(paid, body, await authorize("deploy", paid, body))).toMatchObject({
    state: "running",
  });
  expect((await state.pods.get(paid.uid))?.generation).toBe(1);
  const changed = request(channel, {
    ...manifest,
    containers: [{ ...manifest.containers[0]!, args: ["-v"] }],
  });
  await expect(client.putPod(paid, changed, await authorize("deploy", paid, changed))).rejects.toMatchObject({
    code: admissionErrors.REQUEST_ACTION.code,
  });
  await client.putPod(paid, changed, await authorize("update", paid, changed));
  expect((await state.pods.get(paid.uid))?.generation).toBe(2);
  const larger = request(
    channel,
    podManifest([...manifest.containers, { ...manifest.containers[0]!, name: "two" }]),
  );
  await expect(client.putPod(paid, larger, await authorize("update", paid, larger))).rejects.toMatchObject({
    code: admissionErrors.TERMS_PRICE.code,
  });
  expect((await state.pods.get(paid.uid))?.generation).toBe(2);
});

test("what was signed for one pod does nothing to another", async () => {
  const { client, authorize, paid, body, pay } = await setUp();
  const other = pay(channelTerms(2));
  await expect(client.putPod(other, body, await authorize("deploy", other, body))).rejects.toMatchObject({
    code: admissionErrors.REQUEST_ACTION.code,
  });
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  await expect(client.getPod(other, await authorize("status", other))).rejects.toMatchObject({
    code: apiErrors.POD_UNKNOWN.code,
  });
});

test.each([
  ["status", "GET", ""],
  ["logs", "GET", "/logs"],
  ["delete", "DELETE", ""],
] as const)(
  "%s needs a request of the channel's publisher, for this action, pod and provider, once, now",
  async (action, method, path) => {
    const { client, app, authorize, paid, body, pay, clock, state } = await setUp();
    await client.putPod(paid, body, await authorize("deploy", paid, body));
    const ask = async (header?: string) => {
      const headers = header === undefined ? {} : { authorization: header };
      const response = await app.request(`/v1/pods/${paid.publisher}/${paid.podId}${path}`, {
        method,
        headers,
      });
      const { error } = (await response.json()) as { error: { code: string } };
      return [response.status, error.code];
    };
    const signature = [401, admissionErrors.REQUEST_SIGNATURE.code];
    expect(await ask()).toEqual(signature);
    expect(await ask("Bearer abc")).toEqual(signature);
    expect(await ask("APOC abc")).toEqual(signature);
    const refusals = [
      [{ signer: stranger }, signature],
      [{ chainId: 1 }, signature],
      [{ action: "update" }, [403, admissionErrors.REQUEST_ACTION.code]],
      [{ pod: pay(channelTerms(2)) }, [403, admissionErrors.REQUEST_ACTION.code]],
      [{ provider: stranger.address }, [403, admissionErrors.REQUEST_PROVIDER.code]],
      [{ body: new Uint8Array([1]) }, [403, admissionErrors.REQUEST_BODY.code]],
      [{ now: Math.floor(clock.wall() / 1000) - 121 }, [403, admissionErrors.REQUEST_DEADLINE.code]],
    ] as const;
    for (const [changes, expected] of refusals) {
      const authorization = await authorize(action, paid, new Uint8Array(), changes);
      expect(await ask(encodeAuthorization(authorization)), JSON.stringify(changes)).toEqual(expected);
    }
    const good = await authorize("status", paid);
    await client.getPod(paid, good);
    await expect(client.getPod(paid, good)).rejects.toMatchObject({
      code: admissionErrors.REQUEST_NONCE.code,
    });
    expect((await state.pods.get(paid.uid))?.state).not.toBe("draining");
  },
);

test("bodies are bounded and of the right type, unknown members and routes are errors, all as JSON", async () => {
  const { app } = await setUp();
  const ask = async (method: string, path: string, body?: string, type = "application/json") => {
    const response = await app.request(path, {
      method,
      ...(body === undefined ? {} : { body, headers: { "content-type": type } }),
    });
    expect(response.headers.get("content-type")).toBe("application/json");
    const { error } = (await response.json()) as { error: { code: string } };
    return [response.status, error.code];
  };
  expect(await ask("POST", "/v1/attest", "{}", "text/plain")).toEqual([415, apiErrors.CONTENT_TYPE.code]);
  expect(await ask("POST", "/v1/attest", "x".repeat(5000))).toEqual([413, apiErrors.BODY_TOO_LARGE.code]);
  expect(await ask("POST", "/v1/attest", '{"nonce":"0x00"}')).toEqual([400, "APOC-5202"]);
  expect(await ask("POST", "/v1/attest", `{"nonce":"0x${"00".repeat(32)}","x":1}`)).toEqual([
    400,
    "APOC-5202",
  ]);
  expect(await ask("POST", "/v1/grants", "{}")).toEqual([422, "APOC-5101"]);
  expect(await ask("GET", "/v1/pods/exec/exec")).toEqual([404, apiErrors.POD_UNKNOWN.code]);
  expect(await ask("POST", `/v1/pods/0x${"00".repeat(20)}/0x${"00".repeat(32)}/exec`)).toEqual([
    404,
    apiErrors.ROUTE_UNKNOWN.code,
  ]);
});

test("another method of a path is refused with those that it takes", async () => {
  const { app } = await setUp();
  const response = await app.request(`/v1/pods/0x${"00".repeat(20)}/0x${"00".repeat(32)}`, {
    method: "POST",
  });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "PUT, GET, HEAD, DELETE"]);
  expect(await response.json()).toMatchObject({ error: { code: apiErrors.METHOD_UNKNOWN.code } });
  expect((await app.request("/v1/info", { method: "HEAD" })).status).toBe(200);
});

test("the API describes itself", async () => {
  const { app } = await setUp();
  const response = await app.request("/v1/openapi.json");
  expect(await response.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});

test("an error that the route does not declare reaches the caller without its text", async () => {
  const inside = new ApocError(providerErrors.ENGINE_UNREACHABLE, { field: "/run/hunter2.sock" });
  const refused = new ApocError(providerErrors.CONFIG_INVALID, { detail: "hunter2" });
  for (const [error, status, code] of [
    [inside, 503, apiErrors.UNAVAILABLE.code],
    [refused, 500, apiErrors.UNEXPECTED.code],
    [new ApocError(apiErrors.STOPPING), 503, apiErrors.UNAVAILABLE.code],
  ] as const) {
    const { log, lines } = keptLog();
    const fail = () => {
      throw error;
    };
    const api = { info: fail } as unknown as ProviderApi;
    const response = await createApp(api, log).request("/v1/info");
    const text = await response.text();
    expect([response.status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([
      status,
      code,
    ]);
    expect(text).not.toContain("hunter2");
    expect(lines.join()).toContain(error.code);
  }
});

test("what goes wrong inside is not told outside", async () => {
  const { app, lines } = await setUp();
  const response = await app.request("/v1/attest", {
    method: "POST",
    body: JSON.stringify({ nonce: `0x${"00".repeat(32)}` }),
    headers: { "content-type": "application/json" },
  });
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ error: { code: apiErrors.UNEXPECTED.code } });
  expect(text).not.toContain("hunter2");
  expect(text).not.toMatch(/\bat \S+:\d+/);
  expect(lines.at(-1)).toContain("/v1/attest");
});

test("info tells what the provider is, loudly where it is for development", async () => {
  const { client, app } = await setUp();
  expect(await client.info()).toMatchObject({
    provider: provider.address,
    chainId,
    developmentTee: true,
    prices,
  });
  expect(await (await app.request("/healthz")).json()).toEqual({ status: "ok" });
});

test("a provider that is stopping admits nothing more", async () => {
  const { client, authorize, paid, body, service } = await setUp();
  service.stop();
  await expect(client.putPod(paid, body, await authorize("deploy", paid, body))).rejects.toMatchObject({
    code: apiErrors.STOPPING.code,
  });
});

test("logs are JSON lines; a wrong query is an error", async () => {
  const { client, authorize, paid, body, reconciler, app } = await setUp();
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  await reconciler.round();
  const lines = [];
  for await (const line of client.logs(paid, { tail: 5 }, await authorize("logs", paid))) lines.push(line);
  expect(lines).toMatchObject([{ container: "web", stream: "stdout", text: "hello" }]);
  const headers = { authorization: encodeAuthorization(await authorize("logs", paid)) };
  const response = await app.request(`/v1/pods/${paid.publisher}/${paid.podId}/logs?exec=true`, { headers });
  expect(response.status).toBe(404);
});

test("logs that are not there are an error and not a stream that breaks off", async () => {
  const { client, authorize, paid, body, reconciler, app } = await setUp();
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  const ask = async (query: string) => {
    const headers = { authorization: encodeAuthorization(await authorize("logs", paid)) };
    const response = await app.request(`/v1/pods/${paid.publisher}/${paid.podId}/logs${query}`, { headers });
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  const missing = [404, apiErrors.CONTAINER_UNKNOWN.code];
  expect(await ask("")).toEqual(missing);
  await reconciler.round();
  expect(await ask("?container=other")).toEqual(missing);
});

test("a pod is known by its publisher and id, whatever channel pays", async () => {
  const { client, authorize, paid, body, request, channel, manifest, pay, reconciler, state, chain, clock } =
    await setUp();
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  await reconciler.round();
  clock.advance(10_000);
  await reconciler.round();
  const next = pay({ ...channel, header: { ...channel.header, acceptBy: channel.header.acceptBy + 1 } });
  const renewed = request(
    { ...channel, header: { ...channel.header, acceptBy: channel.header.acceptBy + 1 } },
    manifest,
  );
  expect(next.uid).toBe(paid.uid);
  await expect(client.putPod(paid, renewed, await authorize("deploy", paid, renewed))).rejects.toMatchObject({
    code: admissionErrors.REQUEST_ACTION.code,
  });
  const status = await client.putPod(paid, renewed, await authorize("update", paid, renewed));
  expect(status.channels).toEqual([
    { id: paid.channel, metered: 10n, claimed: 0n },
    { id: next.channel, metered: 0n, claimed: 0n },
  ]);
  await reconciler.round();
  clock.advance(5_000);
  await reconciler.round();
  expect(await state.usage.total(paid.channel)).toBe(10n);
  expect(await state.usage.total(next.channel)).toBe(5n);
  expect(await state.transactions.open("terminate")).toMatchObject([{ channel: paid.channel }]);
  const removed = await client.deletePod(paid, await authorize("delete", paid));
  expect(removed.channels.map(({ claimed }) => claimed)).toEqual([10n, 5n]);
  expect(chain.sent).toEqual(["claim 10", "terminate", "claim 5", "terminate"]);
});
