import { X509Certificate } from "node:crypto";
import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { first, second } from "../testing/certificates.ts";
import { pinnedConnection } from "./pinned-connection.ts";

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  onTestFinished(() => stop(server));
  return (server.address() as AddressInfo).port;
}

const stop = (server: Server) =>
  new Promise<void>((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
const hello: RequestListener = (_, answer) => answer.end("hello");
const pinned = (options?: Parameters<typeof pinnedConnection>[0]) => {
  const client = pinnedConnection(options);
  onTestFinished(() => client.close());
  return client;
};
const spki = (pem: string) =>
  new Uint8Array(new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" }));

test("the key of the first connection is recorded, and another key is refused before anything is sent", async () => {
  const client = pinned();
  const honest = createServer(first, hello);
  const port = await listen(honest);
  const url = `https://127.0.0.1:${port}`;
  expect(client.peerKey(url)).toBeUndefined();
  expect(await (await client.fetch(`${url}/a`)).text()).toBe("hello");
  expect(client.peerKey(url)).toEqual(spki(first.cert));
  expect(client.peerKey("https://elsewhere")).toBeUndefined();
  await stop(honest);

  let reached = 0;
  await listen(
    createServer(second, (request, answer) => {
      reached++;
      hello(request, answer);
    }),
    port,
  );
  const refused = client.fetch(`${url}/b`, { method: "POST", body: "secret" });
  await expect(refused).rejects.toMatchObject({
    code: "APOC-9060",
    actual: Buffer.from(spki(second.cert)).toString("hex"),
  });
  expect(reached).toBe(0);
  expect(client.peerKey(url)).toEqual(spki(first.cert));
});

test("the same key on many connections is fine", async () => {
  const client = pinned();
  const port = await listen(
    createServer(first, (_, answer) => answer.setHeader("connection", "close").end("x")),
  );
  for (let round = 0; round < 3; round++)
    expect((await client.fetch(`https://127.0.0.1:${port}`)).status).toBe(200);
});

test("a connection may be closed twice, and is not used afterwards", async () => {
  const client = pinned();
  const port = await listen(createPlainServer(hello));
  expect((await client.fetch(`http://127.0.0.1:${port}`)).status).toBe(200);
  await client.close();
  await client.close();
  await expect(client.fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ code: "APOC-9061" });
});

test("plain http has no key", async () => {
  const client = pinned();
  const port = await listen(createPlainServer(hello));
  const url = `http://127.0.0.1:${port}`;
  expect((await client.fetch(url)).status).toBe(200);
  expect(client.peerKey(url)).toBeUndefined();
});

test("silence, refusal, redirects and aborts are told apart", async () => {
  const client = pinned({ answerTimeout: 50 });
  const silent = await listen(createPlainServer(() => undefined));
  await expect(client.fetch(`http://127.0.0.1:${silent}`)).rejects.toMatchObject({ code: "APOC-9062" });
  const closed = createPlainServer();
  const port = await listen(closed);
  await stop(closed);
  await expect(client.fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ code: "APOC-9061" });
  const away = await listen(
    createPlainServer((_, answer) => answer.writeHead(302, { location: "http://127.0.0.1/" }).end()),
  );
  await expect(client.fetch(`http://127.0.0.1:${away}`)).rejects.toMatchObject({ code: "APOC-9061" });
  const aborted = client.fetch(`http://127.0.0.1:${silent}`, { signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
});
