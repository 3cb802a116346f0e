import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createIngress, type Ingress, type IngressOptions } from "./ingress.ts";
import type { PodAddress } from "./pod-address.ts";

async function startPod(
  listener: RequestListener,
): Promise<{ server: Server; address: { host: string; port: number } }> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

async function startIngress(
  address: PodAddress,
  timeouts: IngressOptions["timeouts"] = {},
): Promise<Ingress> {
  const lookup = (name: string) => (name === "app.pods.test" ? address : undefined);
  const ingress = await createIngress({
    listen: { host: "127.0.0.1", port: 0 },
    lookup,
    timeouts,
  });
  onTestFinished(() => ingress.close());
  return ingress;
}

type Answer = { status: number; headers: IncomingMessage["headers"]; text: string };

function ask(
  ingress: Ingress,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: ingress.port,
        method: options.method ?? "GET",
        path: options.path ?? "/",
        headers: { Host: "app.pods.test", ...options.headers },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk)));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on("error", reject);
      },
    ).on("error", reject);
    outgoing.end(options.body);
  });
}

const nameOf = ({ text }: Answer) => (JSON.parse(text) as { name: string }).name;

test("a request reaches the pod with method, path, body and its own headers; the answer comes back", async () => {
  const pod = await startPod((incoming, answer) => {
    let body = "";
    incoming.on("data", (chunk) => (body += String(chunk)));
    incoming.on("end", () => {
      answer.writeHead(201, {
        "X-Own": "1",
        "Keep-Alive": "timeout=9",
        Connection: "X-Hop",
        "X-Hop": "1",
        "Set-Cookie": ["a=1", "b=2"],
      });
      answer.end(
        JSON.stringify({ method: incoming.method, url: incoming.url, headers: incoming.headers, body }),
      );
    });
  });
  const ingress = await startIngress(pod.address);
  const headers = {
    "X-Forwarded-For": "1.2.3.4",
    Forwarded: "for=1.2.3.4",
    Connection: "X-Secret",
    "X-Secret": "hop",
    TE: "trailers",
    Accept: "x/y",
  };
  const answer = await ask(ingress, { method: "PUT", path: "/a/b?c=%20d", headers, body: "hello" });
  expect(answer.status).toBe(201);
  expect(answer.headers["x-own"]).toBe("1");
  expect(answer.headers["x-hop"]).toBe(undefined);
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  const seen = JSON.parse(answer.text) as {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string;
  };
  expect([seen.method, seen.url, seen.body]).toEqual(["PUT", "/a/b?c=%20d", "hello"]);
  expect(seen.headers).toMatchObject({
    host: "app.pods.test",
    accept: "x/y",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "app.pods.test",
    "x-forwarded-proto": "http",
  });
  for (const name of ["forwarded", "x-secret", "te"]) expect(seen.headers[name]).toBe(undefined);
});

test("a chunked body of a DELETE stays a body", async () => {
  const requests: string[] = [];
  const pod = await startPod((incoming, answer) => {
    let body = "";
    incoming.on("data", (chunk) => (body += String(chunk)));
    incoming.on("end", () => {
      requests.push(`${incoming.method} ${body}`);
      answer.end();
    });
  });
  const ingress = await startIngress(pod.address);
  await ask(ingress, {
    method: "DELETE",
    headers: { "Transfer-Encoding": "chunked" },
    body: "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
  });
  expect(requests).toEqual(["DELETE GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"]);
});

test("a Connection header takes away neither the length of a body nor the host", async () => {
  const seen: string[] = [];
  const pod = await startPod((incoming, answer) => {
    let body = "";
    incoming.on("data", (chunk) => (body += String(chunk)));
    incoming.on("end", () => {
      seen.push(`${incoming.method} ${incoming.headers.host} ${body}`);
      answer.end();
    });
  });
  const smuggled = "GET /admin HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n";
  await ask(await startIngress(pod.address), {
    headers: { Connection: "content-length, host", "Content-Length": String(smuggled.length) },
    body: smuggled,
  });
  expect(seen).toEqual([`GET app.pods.test ${smuggled}`]);
});

test("unknown hosts, starting pods, closed ports, broken and silent pods each have their code", async () => {
  const pod = await startPod((incoming, answer) => {
    if (incoming.url === "/break") incoming.socket.destroy();
    if (incoming.url === "/cut") {
      answer.writeHead(200, { "Content-Length": "100" });
      answer.write("half", () => incoming.socket.destroy());
    }
  });
  const ingress = await startIngress(pod.address, { idle: 300 });
  const unknown = await ask(ingress, { headers: { Host: "other.pods.test" } });
  expect([unknown.status, nameOf(unknown)]).toEqual([404, "INGRESS_HOST_UNKNOWN"]);
  for (const host of ["pods.test", "a.b.pods.test", "app.pods.test.evil", "127.0.0.1"]) {
    expect((await ask(ingress, { headers: { Host: host } })).status).toBe(404);
  }
  const broken = await ask(ingress, { path: "/break" });
  expect([broken.status, nameOf(broken)]).toEqual([502, "INGRESS_POD_FAILED"]);
  await expect(ask(ingress, { path: "/cut" })).rejects.toThrow();
  const silent = await ask(ingress, { path: "/silent" });
  expect([silent.status, nameOf(silent)]).toEqual([504, "INGRESS_POD_TIMEOUT"]);
  const starting = await ask(await startIngress("starting"));
  expect([starting.status, nameOf(starting)]).toEqual([503, "INGRESS_POD_UNREADY"]);
  pod.server.close();
  pod.server.closeAllConnections();
  const closed = await ask(ingress);
  expect([closed.status, nameOf(closed)]).toEqual([503, "INGRESS_POD_UNREADY"]);
});

test("bytes stream both ways before either side has ended, and a client that leaves ends the pod's request", async () => {
  const gone = Promise.withResolvers<void>();
  const pod = await startPod((incoming, answer) => {
    answer.writeHead(200);
    incoming.on("data", (chunk: Buffer) => answer.write(chunk.toString().toUpperCase()));
    answer.on("close", () => gone.resolve());
  });
  const ingress = await startIngress(pod.address);
  const outgoing = request({
    host: "127.0.0.1",
    port: ingress.port,
    method: "POST",
    headers: { Host: "app.pods.test" },
  });
  outgoing.on("error", () => undefined);
  outgoing.write("one");
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  expect(String((await once(response, "data"))[0])).toBe("ONE");
  outgoing.write("two");
  expect(String((await once(response, "data"))[0])).toBe("TWO");
  outgoing.destroy();
  await gone.promise;
});

test("an upgraded connection carries bytes both ways; a refused upgrade is answered", async () => {
  const pod = await startPod((_, answer) => {
    answer.writeHead(426, { "Content-Length": "2" });
    answer.end("no");
  });
  pod.server.on("upgrade", (incoming, socket: Socket) => {
    if (incoming.headers["upgrade"] !== "echo") return void socket.end("HTTP/1.1 400 Bad\r\n\r\n");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nSec-X: 1\r\n\r\n",
    );
    socket.pipe(socket);
  });
  const ingress = await startIngress(pod.address);
  const socket = connect(ingress.port, "127.0.0.1");
  socket.write(
    "GET /ws HTTP/1.1\r\nHost: app.pods.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly",
  );
  let seen = "";
  socket.on("data", (chunk) => (seen += String(chunk)));
  while (!seen.includes("early")) await once(socket, "data");
  expect(seen).toMatch(/^HTTP\/1\.1 101 [^]*sec-x: 1/i);
  socket.write("later");
  while (!seen.includes("later")) await once(socket, "data");
  socket.end();
  await once(socket, "close");
  const other = connect(ingress.port, "127.0.0.1");
  other.write("GET /ws HTTP/1.1\r\nHost: nobody.pods.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  const [refusal] = (await once(other, "data")) as [Buffer];
  expect(refusal.toString()).toMatch(/^HTTP\/1\.1 404 [^]*INGRESS_HOST_UNKNOWN/);
  other.destroy();
});

test("a client that does not finish its head is cut off", async () => {
  const ingress = await startIngress("starting", { head: 200 });
  const socket = connect(ingress.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  socket.write("GET / HTTP/1.1\r\nHost: app");
  await once(socket, "close");
});
