import { apiErrors } from "@apoc/core";
import type { lookup } from "node:dns";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect } from "node:net";
import { RemoteRepository } from "@apoc/oci";
import { expect, onTestFinished, test } from "vitest";
import { createGuardedFetch, isPublicAddress } from "./index.ts";

test.each([
  [
    "the internet",
    ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "2606:4700::1"],
    true,
  ],
  ["loopback", ["127.0.0.1", "127.255.255.254", "::1"], false],
  ["private", ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fd00::1", "fec0::1"], false],
  ["link-local and clouds' metadata", ["169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"], false],
  ["shared by carriers", ["100.64.0.1", "100.127.255.254"], false],
  ["multicast and broadcast", ["224.0.0.1", "239.1.1.1", "255.255.255.255", "ff02::1"], false],
  ["unspecified", ["0.0.0.0", "0.1.2.3", "::"], false],
  ["reserved and for documents", ["240.0.0.1", "198.18.0.1", "203.0.113.9", "2001:db8::1", "100::1"], false],
  [
    "IPv4 within IPv6",
    ["::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2001::1"],
    false,
  ],
  ["the internet within IPv6", ["::ffff:8.8.8.8", "::ffff:808:808", "64:ff9b::8.8.8.8"], true],
  ["no address", ["", "localhost", "8.8.8", "0x7f.1", "2130706433"], false],
])("addresses: %s", (_, addresses, expected) => {
  expect(addresses.map((address) => [address, isPublicAddress(address)])).toEqual(
    addresses.map((address) => [address, expected]),
  );
});

/** A server on loopback that counts connections. */
async function loopback(answer: RequestListener = (_, response) => response.end("inside")) {
  const server = createServer(answer);
  let connections = 0;
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { host: `127.0.0.1:${port}`, port, connections: () => connections };
}

/** A resolver in which every name has these addresses. */
const resolver = (...addresses: string[]) =>
  ((_name: string, _options: unknown, callback: (error: null, all: unknown) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    )) as unknown as typeof lookup;

const refused = { code: apiErrors.ADDRESS_PRIVATE.code };

test("an address of this machine is refused before it is connected to, however it is written", async () => {
  const { port, connections } = await loopback();
  const guarded = createGuardedFetch();
  const hosts = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "[::ffff:127.0.0.1]",
    "[::1]",
    "0",
  ];
  for (const host of hosts) await expect(guarded(`http://${host}:${port}/`)).rejects.toMatchObject(refused);
  expect(connections()).toBe(0);
});

test("a name is judged by its addresses, and only those that passed are connected to", async () => {
  const { port, connections } = await loopback();
  for (const addresses of [["127.0.0.1"], ["10.0.0.1", "::ffff:127.0.0.1"], []]) {
    const guarded = createGuardedFetch({ lookup: resolver(...addresses) });
    const failure = await guarded(`http://registry.example:${port}/`).catch((error: unknown) => error);
    expect(failure).toMatchObject({ ...refused, field: "registry.example" });
    // Whoever asks learns no address of ours.
    expect(JSON.stringify(failure)).not.toContain("127.0.0.1");
  }
  expect(connections()).toBe(0);
});

test("exceptions are exact: this host with this port, no other, and not what it redirects to", async () => {
  const other = await loopback();
  const { host, port } = await loopback((request, response) => {
    if (request.url === "/") return response.end("inside");
    response.writeHead(302, { location: `http://${other.host}/` }).end();
  });
  const guarded = createGuardedFetch({ exceptions: [host] });
  expect(await (await guarded(`http://${host}/`)).text()).toBe("inside");
  await expect(guarded(`http://localhost:${port}/`)).rejects.toMatchObject(refused);
  await expect(guarded(`http://${host}/away`)).rejects.toMatchObject(refused);
  const repository = new RemoteRepository({ reference: `${host}/a/b`, fetch: guarded });
  await expect(repository.resolve("latest")).rejects.toMatchObject(refused);
  expect(other.connections()).toBe(0);
});

test("a redirect that the caller follows is guarded too, and a refusal is not tried again", async () => {
  const other = await loopback();
  let asked = 0;
  const { host } = await loopback((_, response) => {
    asked += 1;
    response.writeHead(307, { location: `http://${other.host}/v2/` }).end();
  });
  const repository = new RemoteRepository({
    reference: `${host}/a/b`,
    fetch: createGuardedFetch({ exceptions: [host] }),
  });
  await expect(repository.resolve("latest")).rejects.toMatchObject(refused);
  expect({ asked, inside: other.connections() }).toEqual({ asked: 1, inside: 0 });
});

test("for development everything is reached", async () => {
  const { host } = await loopback();
  expect(await (await createGuardedFetch({ unguarded: true })(`http://${host}/`)).text()).toBe("inside");
});

test("the servers of these tests can be connected to at all", async () => {
  const { port, connections } = await loopback();
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
  await expect.poll(connections).toBe(1);
});
