import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isApocError, type ErrorDescriptor } from "@apoc/errors";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import { createEngineClient } from "./engine-client.ts";
import { engineSocketCandidates, findEngineSocket } from "./engine-socket.ts";

async function serve(listener: RequestListener): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "apoc-engine-"));
  const socket = join(directory, "engine.sock");
  const server = createServer(listener).listen(socket);
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true });
  });
  return socket;
}

const thrown = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const is = (error: unknown, descriptor: ErrorDescriptor) => isApocError(error, descriptor);

test("DOCKER_HOST alone counts, and only as a unix socket", () => {
  expect(engineSocketCandidates({ DOCKER_HOST: "unix:///x/y.sock", HOME: "/h" })).toEqual(["/x/y.sock"]);
  for (const address of [
    "tcp://127.0.0.1:2375",
    "ssh://host",
    "npipe:////./pipe/docker",
    "unix://relative",
  ]) {
    let error: unknown;
    try {
      engineSocketCandidates({ DOCKER_HOST: address });
    } catch (caught) {
      error = caught;
    }
    expect(is(error, providerErrors.ENGINE_ADDRESS_UNSUPPORTED)).toBe(true);
  }
  expect(engineSocketCandidates({ XDG_RUNTIME_DIR: "/run/user/1", HOME: "/h" })).toEqual([
    "/var/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/user/1/docker.sock",
    "/run/user/1/podman/podman.sock",
    "/h/.docker/run/docker.sock",
  ]);
});

test("a socket counts only if an engine answers at it; the API version is one both sides speak", async () => {
  const answers: Record<string, string> = {
    "/_ping": "OK",
    "/version": JSON.stringify({ Version: "29.0", ApiVersion: "1.52", MinAPIVersion: "1.44", Arch: "arm64" }),
    "/v1.44/info": JSON.stringify({ SwapLimit: false, SecurityOptions: ["name=rootless"] }),
  };
  const engine = await serve((incoming, answer) => {
    const body = answers[incoming.url ?? ""];
    answer.writeHead(body === undefined ? 404 : 200);
    answer.end(body);
  });
  expect(await findEngineSocket({ DOCKER_HOST: `unix://${engine}` })).toMatchObject({
    name: "docker",
    version: "29.0",
    rootless: true,
    architecture: "arm64",
    apiPrefix: "/v1.44",
    swapLimit: false,
    reachable: false,
  });
  const other = await serve((_, answer) => answer.end("hello"));
  const error = await thrown(findEngineSocket({ DOCKER_HOST: `unix://${other}` }));
  expect(is(error, providerErrors.ENGINE_NOT_FOUND)).toBe(true);
  expect(
    is(
      await thrown(findEngineSocket({ DOCKER_HOST: "unix:///no/such.sock" })),
      providerErrors.ENGINE_NOT_FOUND,
    ),
  ).toBe(true);
});

test("refusals, silence, hang-ups and oversized answers each have their code", async () => {
  const socket = await serve((incoming, answer) => {
    if (incoming.url === "/v1/refuse") answer.writeHead(409).end(JSON.stringify({ message: "in use" }));
    else if (incoming.url === "/v1/hangup") incoming.socket.destroy();
    else if (incoming.url === "/v1/garbage") answer.end("{not json");
    else if (incoming.url === "/v1/big") answer.end(Buffer.alloc(17 * 1024 * 1024, 0x20));
    else if (incoming.url === "/v1/length")
      answer.end(JSON.stringify(incoming.headers["content-length"]).replaceAll('"', ""));
  });
  const client = createEngineClient(socket, "/v1");
  const refused = await thrown(client.call("GET", "/refuse"));
  expect(is(refused, providerErrors.ENGINE_REFUSED)).toBe(true);
  expect(isApocError(refused) ? refused.actual : "").toBe("409 in use");
  expect((await client.call("GET", "/refuse", { accept: [409] })).status).toBe(409);
  expect(
    is(await thrown(client.call("GET", "/silent", { timeout: 50 })), providerErrors.ENGINE_TIMEOUT),
  ).toBe(true);
  expect(is(await thrown(client.call("GET", "/hangup")), providerErrors.ENGINE_UNREACHABLE)).toBe(true);
  expect(is(await thrown(client.call("GET", "/garbage")), providerErrors.ENGINE_ANSWER_INVALID)).toBe(true);
  expect(is(await thrown(client.call("GET", "/big")), providerErrors.ENGINE_ANSWER_INVALID)).toBe(true);
  expect((await client.call("DELETE", "/length")).body).toBe("0");
});
