import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createSecureServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { ApocError } from "@apoc/errors";
import { afterAll, afterEach, expect, test } from "vitest";
import { generateImageKey, ocicryptErrors } from "../index.ts";
import { frameMessage, grpcPaths, unframeMessage } from "./grpc-message.ts";
import {
  answerCommand,
  createKeyProvider,
  jweKeyService,
  type KeyProviderAttributes,
  type KeyProviderServer,
  type KeyProviderService,
  serveKeyProvider,
} from "./index.ts";
import { formatRequest, formatResult, parseRequest } from "./protocol.ts";

const folder = mkdtempSync(join(tmpdir(), "ocicrypt-provider-"));
const code = (name: keyof typeof ocicryptErrors) => ({ code: ocicryptErrors[name].code });
const options = Buffer.from("options");
const key = await generateImageKey();
const service = jweKeyService({ recipient: key.publicJwk, keys: [key.privateJwk] });
const servers: KeyProviderServer[] = [];
const serve = async (
  answering: KeyProviderService,
  more: { timeout?: number } = {},
  address = "127.0.0.1:0",
) => {
  const errors: unknown[] = [];
  const server = await serveKeyProvider(answering, {
    address,
    onError: (error) => errors.push(error),
    ...more,
  });
  servers.push(server);
  return { server, errors, client: createKeyProvider("a", { grpc: server.address }) };
};
const endless = () => new Promise<never>(() => {});
const script = (text: string): KeyProviderAttributes => ({
  cmd: { path: process.execPath, args: ["-e", text] },
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("client and server understand each other over TCP, a Unix socket and standard streams", async () => {
  const path = join(folder, "socket");
  for (const address of ["127.0.0.1:0", "[::1]:0", `unix://${path}`]) {
    const { client } = await serve(service, {}, address);
    const packet = await client.wrap(options);
    expect(Buffer.from(await client.unwrap(packet)).toString()).toBe("options");
    await expect(client.unwrap(options)).rejects.toMatchObject(code("KEY_PROVIDER_REFUSED"));
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const output = new PassThrough();
  const input = Readable.from([formatRequest({ op: "keywrap", parameters: {}, options })]);
  await answerCommand(service, { input, output });
  expect(Object.keys(JSON.parse(String(output.read())) as object)).toEqual(["keywrapresults"]);
});

test("a service without keys refuses, with a text", async () => {
  const { client } = await serve(jweKeyService({}));
  const refusal = { ...code("KEY_PROVIDER_REFUSED"), actual: "gRPC status 7" };
  await expect(client.wrap(options)).rejects.toMatchObject({
    ...refusal,
    detail: expect.stringContaining("no recipient") as string,
  });
  await expect(client.unwrap(Buffer.from("{}"))).rejects.toMatchObject(code("KEY_PROVIDER_REFUSED"));
});

test("errors that are not for the client stay here", async () => {
  const secret = new Error("secret");
  const { client, errors } = await serve({ wrap: () => Promise.reject(secret), unwrap: endless });
  await expect(client.wrap(options)).rejects.toMatchObject({
    ...code("KEY_PROVIDER_REFUSED"),
    actual: "gRPC status 13",
    detail: "internal error",
  });
  expect(errors).toEqual([secret]);
});

test("both sides give up in time, and the service learns it", async () => {
  const aborted: unknown[] = [];
  const slow: KeyProviderService = {
    wrap: (_, { signal }) => {
      signal.addEventListener("abort", () => aborted.push(signal.reason));
      return endless();
    },
    unwrap: endless,
  };
  const { client, server } = await serve(slow, { timeout: 50 });
  await expect(client.wrap(options)).rejects.toMatchObject(code("KEY_PROVIDER_TIMEOUT"));
  expect(aborted.length).toBe(1);
  const { server: patient } = await serve(slow);
  const hasty = createKeyProvider("a", { grpc: patient.address }, { timeout: 50 });
  await expect(hasty.wrap(options)).rejects.toMatchObject(code("KEY_PROVIDER_TIMEOUT"));
  const reason = new Error("stop");
  const controller = new AbortController();
  const waiting = createKeyProvider("a", { grpc: patient.address }).wrap(options, controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(client.wrap(options, AbortSignal.abort(reason))).rejects.toBe(reason);
  await server.close();
  await expect(client.wrap(options)).rejects.toMatchObject(code("KEY_PROVIDER_UNREACHABLE"));
});

test("a server listens on this machine only, and not twice", async () => {
  for (const address of ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0", "nonsense"])
    await expect(serveKeyProvider(service, { address })).rejects.toMatchObject(code("KEY_PROVIDER_CONFIG"));
  const { server } = await serve(service);
  await expect(serveKeyProvider(service, { address: server.address })).rejects.toMatchObject(
    code("KEY_PROVIDER_CONFIG"),
  );
});

/** A call with free headers and body; gives the status of gRPC. */
async function call(address: string, headers: Record<string, string>, body: Uint8Array): Promise<string> {
  const session = connect(`http://${address}`);
  try {
    return await new Promise((resolve, reject) => {
      const stream = session.request({
        ":method": "POST",
        ":path": grpcPaths.keywrap,
        "content-type": "application/grpc",
        ...headers,
      });
      let status: IncomingHttpHeaders = {};
      stream.on("response", (given) => void (status = { ...status, ...given }));
      stream.on("trailers", (given) => void (status = { ...status, ...given }));
      stream.on("error", () => {});
      stream.on("close", () => resolve(String(status["grpc-status"])));
      session.on("error", reject);
      stream.resume();
      stream.end(body);
    });
  } finally {
    session.destroy();
  }
}

test("what is not a call of the service is refused", async () => {
  const { server } = await serve(service);
  const request = frameMessage(formatRequest({ op: "keywrap", parameters: {}, options }));
  const status = (headers: Record<string, string>, body = request) => call(server.address, headers, body);
  expect(await status({})).toBe("0");
  expect(await status({ ":path": "/keyprovider.KeyProviderService/Other" })).toBe("12");
  expect(await status({ ":path": grpcPaths.keyunwrap })).toBe("3");
  expect(await status({ "content-type": "application/json" })).toBe("3");
  expect(await status({ "grpc-encoding": "gzip" })).toBe("12");
  expect(await status({}, request.subarray(0, -1))).toBe("3");
  expect(await status({}, new Uint8Array(0))).toBe("3");
  expect(await status({}, frameMessage(Buffer.from("{}")))).toBe("3");
  expect(await status({}, new Uint8Array(2 * 1024 * 1024))).toBe("8");
  const { server: slow } = await serve({ wrap: endless, unwrap: endless });
  expect(await call(slow.address, { "grpc-timeout": "20m" }, request)).toBe("4");
});

test("a command's failures are told apart", async () => {
  const wrap = (attributes: KeyProviderAttributes, timeout?: number) =>
    createKeyProvider("a", attributes, { timeout }).wrap(options);
  await expect(wrap({ cmd: { path: join(folder, "none"), args: [] } })).rejects.toMatchObject(
    code("KEY_PROVIDER_UNREACHABLE"),
  );
  await expect(wrap(script("console.error('not paid'); process.exit(3)"))).rejects.toMatchObject({
    ...code("KEY_PROVIDER_REFUSED"),
    actual: "exit code 3",
    detail: "not paid",
  });
  await expect(
    wrap(script("process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)")),
  ).rejects.toMatchObject({ actual: "signal SIGTERM" });
  await expect(wrap(script("process.stdout.write('x')"))).rejects.toMatchObject(code("KEY_PROVIDER_MESSAGE"));
  await expect(
    wrap(script("setInterval(() => process.stdout.write('x'.repeat(100000)), 1)")),
  ).rejects.toMatchObject(code("KEY_PROVIDER_MESSAGE"));
  await expect(wrap(script("setInterval(() => {}, 1000)"), 300)).rejects.toMatchObject(
    code("KEY_PROVIDER_TIMEOUT"),
  );
});

test("arguments of a command pass no shell", async () => {
  const text = "$(touch x); `id` && 'quoted'";
  const print =
    "process.stdout.write(JSON.stringify({keywrapresults:{annotation:[...Buffer.from(process.argv[1])]}}))";
  const provider = createKeyProvider("a", { cmd: { path: process.execPath, args: ["-e", print, text] } });
  expect(Buffer.from(await provider.wrap(options)).toString()).toBe(text);
});

test("TLS holds: its authority and its name", async () => {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "tls.key",
    "-out",
    "tls.crt",
    ...subject,
  );
  const server = createSecureServer({
    cert: readFileSync(join(folder, "tls.crt")),
    key: readFileSync(join(folder, "tls.key")),
  });
  server.on("stream", (stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const { op } = parseRequest(unframeMessage(Buffer.concat(chunks)));
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(frameMessage(formatResult(op, options)));
    });
    stream.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const grpc = `localhost:${(server.address() as AddressInfo).port}`;
  const rootCaFile = join(folder, "tls.crt");
  try {
    const wrap = (tls: object) => createKeyProvider("a", { grpc, tls }).wrap(options);
    expect(Buffer.from(await wrap({ rootCaFile })).toString()).toBe("options");
    await expect(wrap({})).rejects.toMatchObject(code("KEY_PROVIDER_UNREACHABLE"));
    await expect(wrap({ rootCaFile, serverName: "other.example" })).rejects.toMatchObject(
      code("KEY_PROVIDER_UNREACHABLE"),
    );
    const unreadable = createKeyProvider("a", { grpc, tls: { rootCaFile: join(folder, "none") } });
    await expect(unreadable.wrap(options)).rejects.toMatchObject(code("KEY_PROVIDER_CONFIG"));
    await expect(createKeyProvider("a", { grpc: "192.0.2.1:1" }).wrap(options)).rejects.toMatchObject(
      code("KEY_PROVIDER_CONFIG"),
    );
  } finally {
    server.close();
  }
});

test("a refusal of an own service keeps its text", async () => {
  const detail = "nicht bezahlt, 100 %";
  const { client } = await serve({
    wrap: () => Promise.reject(new ApocError(ocicryptErrors.KEY_PROVIDER_REFUSED, { detail })),
    unwrap: endless,
  });
  await expect(client.wrap(options)).rejects.toMatchObject({
    detail: expect.stringContaining(detail) as string,
  });
});
