import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { mediaTypes, RemoteRepository, type RemoteRepositoryOptions } from "@apoc/oci";
import { dockerCredentials } from "@apoc/oci/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  describeBytes,
  drain,
  failure,
  type Handler,
  HostileServers,
  writeForever,
} from "./hostile-server.ts";

const servers = new HostileServers();
const bytes = Buffer.from("small");
const blob = describeBytes(bytes);
const login = async () => ({ username: "user", password: "secret" });
const challenge = (text: string) => new Response("", { status: 401, headers: { "www-authenticate": text } });

afterAll(() => servers.close());

/** A registry elsewhere, by HTTPS, that answers by a function; tells who was asked with which credentials. */
function elsewhere(
  answer: (url: URL, init: RequestInit) => Response | Promise<Response>,
  options: Partial<RemoteRepositoryOptions> = {},
): { repository: RemoteRepository; asked: string[] } {
  const asked: string[] = [];
  const repository = new RemoteRepository({
    reference: "registry.example/a/b",
    credentials: login,
    attempts: 1,
    fetch: async (input, init = {}) => {
      const url = new URL(input as string);
      const authorization = new Headers(init.headers).get("authorization");
      asked.push(`${init.method ?? "GET"} ${url.origin}${authorization === null ? "" : " with credentials"}`);
      const response = await answer(url, init);
      Object.defineProperty(response, "url", { value: url.href });
      return response;
    },
    ...options,
  });
  return { repository, asked };
}

const redirect = (location: string) => new Response(null, { status: 307, headers: { location } });

test.for([
  ["by HTTP from HTTPS", "http://registry.example/x", "REGISTRY_INSECURE"],
  ["by HTTP to another host", "http://storage.example/x", "REGISTRY_INSECURE"],
  ["to this machine", "https://127.0.0.1:2375/x", "REGISTRY_INSECURE"],
  ["to this machine by name", "https://localhost/x", "REGISTRY_INSECURE"],
  ["with a password", "https://user:pass@storage.example/x", "REGISTRY_PROTOCOL"],
] as const)("a redirect of a download %s is refused", async ([, location, code]) => {
  const { repository, asked } = elsewhere(() => redirect(location));
  expect(await failure(drain(repository.fetch(blob)))).toBe(code);
  expect(asked).toEqual(["GET https://registry.example"]);
});

test.for([
  ["by HTTP from HTTPS", "http://registry.example/upload", "REGISTRY_INSECURE"],
  ["to this machine", "https://127.0.0.1/upload", "REGISTRY_INSECURE"],
  ["of another scheme", "ftp://registry.example/upload", "REGISTRY_PROTOCOL"],
] as const)("an upload %s is refused before a byte is sent", async ([, location, code]) => {
  const { repository, asked } = elsewhere(() => new Response(null, { status: 202, headers: { location } }));
  expect(await failure(repository.push(blob, bytes))).toBe(code);
  expect(asked).toEqual(["POST https://registry.example"]);
});

test("an upload to another host goes without credentials, and that host's challenge is not answered", async () => {
  const { repository, asked } = elsewhere((url, init) => {
    if (url.hostname === "upload.example") return challenge('Bearer realm="https://thief.example/token"');
    if (!new Headers(init.headers).has("authorization")) return challenge("Basic realm=x");
    return new Response(null, { status: 202, headers: { location: "https://upload.example/u" } });
  });
  expect(await failure(repository.push(blob, bytes))).toBe("REGISTRY_UNAUTHORIZED");
  expect(asked.slice(0, 3)).toEqual([
    "POST https://registry.example",
    "POST https://registry.example with credentials",
    "PUT https://upload.example",
  ]);
  expect(asked.join()).not.toContain("thief");
  expect(asked.filter((line) => line.includes("upload.example with"))).toEqual([]);
});

test("a storage host that asks for credentials gets none", async () => {
  const { repository, asked } = elsewhere((url, init) => {
    if (url.hostname === "storage.example") return challenge('Bearer realm="https://thief.example/token"');
    if (!new Headers(init.headers).has("authorization")) return challenge("Basic realm=x");
    return redirect("https://storage.example/blob");
  });
  expect(await failure(drain(repository.fetch(blob)))).toBe("REGISTRY_UNAUTHORIZED");
  expect(asked).toEqual([
    "GET https://registry.example",
    "GET https://registry.example with credentials",
    "GET https://storage.example",
  ]);
});

test("a redirect back to the registry is followed without credentials", async () => {
  const { repository, asked } = elsewhere((url, init) => {
    if (url.pathname === "/admin") return new Response("x", { status: 403 });
    if (url.hostname === "storage.example") return redirect("https://registry.example/admin");
    if (!new Headers(init.headers).has("authorization")) return challenge("Basic realm=x");
    return redirect("https://storage.example/blob");
  });
  expect(await failure(drain(repository.fetch(blob)))).toBe("REGISTRY_DENIED");
  expect(asked.at(-1)).toBe("GET https://registry.example");
});

test.for([
  ["by HTTP", 'Bearer realm="http://token.example/t"', "REGISTRY_INSECURE"],
  ["of this machine", 'Bearer realm="https://127.0.0.1/t"', "REGISTRY_INSECURE"],
  ["of this machine by HTTP", 'Bearer realm="http://127.0.0.1:2375/t"', "REGISTRY_INSECURE"],
  ["with a password", 'Bearer realm="https://u:p@token.example/t"', "REGISTRY_PROTOCOL"],
  ["that is a file", 'Bearer realm="file:///etc/passwd"', "REGISTRY_PROTOCOL"],
  ["without address", "Bearer service=x", "REGISTRY_PROTOCOL"],
] as const)("a token service %s is not asked", async ([, text, code]) => {
  const { repository, asked } = elsewhere(() => challenge(text));
  expect(await failure(drain(repository.fetch(blob)))).toBe(code);
  expect(asked).toEqual(["GET https://registry.example"]);
});

test.for([
  ["says no JSON", () => new Response("<html>"), "REGISTRY_PROTOCOL"],
  ["says a token twice", () => new Response('{"token":"a","token":"b"}'), "REGISTRY_PROTOCOL"],
  ["says a token of two lines", () => new Response('{"token":"a\\r\\nx: y"}'), "REGISTRY_PROTOCOL"],
  ["says null", () => new Response("null"), "REGISTRY_PROTOCOL"],
  ["says megabytes", () => new Response("x".repeat(300_000)), "DOCUMENT_TOO_LARGE"],
  ["says no", () => new Response("", { status: 403 }), "REGISTRY_UNAUTHORIZED"],
  ["fails", () => new Response("", { status: 503 }), "REGISTRY_UNAVAILABLE"],
  ["does not answer", () => new Promise<Response>(() => undefined), "REGISTRY_UNREACHABLE"],
] as const)("a token service that %s", async ([, answer, code]) => {
  const { repository } = elsewhere(
    (url, init) => {
      if (url.hostname !== "token.example") return challenge('Bearer realm="https://token.example/t"');
      const response = answer();
      if (response instanceof Response) return response;
      return new Promise((_, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
      });
    },
    { timeoutMilliseconds: 100 },
  );
  expect(await failure(drain(repository.fetch(blob)))).toBe(code);
});

test("a token service that redirects is not followed", async () => {
  const seen: string[] = [];
  const thief = await servers.start((request, response) => {
    seen.push(`${request.headers.authorization}`);
    response.end('{"token":"t"}');
  });
  const host = await servers.start((request, response, own) => {
    if (request.url?.startsWith("/token") === true) {
      response.writeHead(307, { location: `http://${thief}/token` }).end();
    } else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${own}/token"` }).end();
  });
  const repository = new RemoteRepository({ reference: `${host}/a`, credentials: login, attempts: 1 });
  expect(await failure(repository.resolve("v1"))).toBe("REGISTRY_UNREACHABLE");
  expect(seen).toEqual([]);
});

test("a mount asks for a token for both repositories, and pushes continue with their own", async () => {
  const scopes: string[][] = [];
  const handler: Handler = (request, response, own) => {
    const url = new URL(request.url ?? "", `http://${own}`);
    if (url.pathname === "/token") {
      scopes.push(url.searchParams.getAll("scope"));
      response.end(JSON.stringify({ token: `t${scopes.length}` }));
    } else if (request.headers.authorization === undefined) {
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${own}/token"` }).end();
    } else if (url.searchParams.has("from")) response.writeHead(201).end();
    else response.writeHead(403).end();
  };
  const host = await servers.start(handler);
  const source = new RemoteRepository({ reference: `${host}/from/here` });
  const target = new RemoteRepository({ reference: `${host}/to/there`, credentials: login });
  expect(await target.mount(blob, source)).toBe(true);
  expect(scopes).toEqual([["repository:to/there:pull,push", "repository:from/here:pull"]]);
});

test("a client that may not read the other repository uploads", async () => {
  const { repository, asked } = elsewhere((url, init) => {
    if (url.hostname === "token.example") {
      const both = url.searchParams.getAll("scope").length > 1;
      return both ? new Response("", { status: 403 }) : new Response('{"token":"t"}');
    }
    if (!new Headers(init.headers).has("authorization")) {
      return challenge('Bearer realm="https://token.example/t"');
    }
    if (init.method === "POST") return new Response(null, { status: 202, headers: { location: "/u" } });
    return new Response(null, { status: 201 });
  });
  const source = new RemoteRepository({ reference: "registry.example/from/here" });
  expect(await repository.mount(blob, source)).toBe(false);
  await repository.push(blob, bytes);
  // Begun once, by the anonymous mount, and used by the push.
  expect(asked.filter((line) => line.startsWith("POST") && line.endsWith("with credentials")).length).toBe(1);
  expect(asked.at(-1)).toBe("PUT https://registry.example with credentials");
});

test("an endless refusal is abandoned", async () => {
  const host = await servers.start((_, response) =>
    writeForever(response.writeHead(401), Buffer.alloc(65_536, "x")),
  );
  const repository = new RemoteRepository({ reference: `${host}/a`, credentials: login });
  expect(await failure(drain(repository.fetch(blob)))).toBe("REGISTRY_UNAUTHORIZED");
});

// Files and helpers.

let directory: string;
const path = process.env["PATH"];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "apoc-hostile-"));
  process.env["PATH"] = `${directory}${delimiter}${path}`;
});
afterEach(() => rm(join(directory, "config.json"), { force: true }));
afterAll(async () => {
  process.env["PATH"] = path;
  await rm(directory, { recursive: true, force: true });
});

async function lookUp(file: string): Promise<unknown> {
  await writeFile(join(directory, "config.json"), file);
  const environment = { DOCKER_CONFIG: directory, HOME: directory };
  return dockerCredentials(environment, { helperMilliseconds: 300 })("registry.example");
}

test.for([
  ["is no JSON", "{", "JSON_INVALID"],
  ["is null", "null", "CREDENTIALS_INVALID"],
  ["is a list", "[]", "CREDENTIALS_INVALID"],
  ["has a key twice", '{"auths":{},"auths":{}}', "JSON_DUPLICATE_KEY"],
  ["is nested deeply", `${'{"a":'.repeat(100)}1${"}".repeat(100)}`, "JSON_INVALID"],
  ["is huge", `{"a":"${"x".repeat(1024 * 1024)}"}`, "DOCUMENT_TOO_LARGE"],
  ["has auths of text", '{"auths":"x"}', "CREDENTIALS_INVALID"],
  ["has auth of a number", '{"auths":{"registry.example":{"auth":1}}}', "CREDENTIALS_INVALID"],
  ["has auth without colon", '{"auths":{"registry.example":{"auth":"eA=="}}}', "CREDENTIALS_INVALID"],
  ["names a path as helper", '{"credsStore":"../../bin/sh"}', "CREDENTIALS_INVALID"],
  ["names an option as helper", '{"credHelpers":{"registry.example":"-x"}}', "CREDENTIALS_INVALID"],
  ["names a helper that is not there", '{"credsStore":"absent"}', "none"],
] as const)("a config.json that %s", async ([, file, code]) => {
  expect(await failure(lookUp(file))).toBe(code);
});

test.for([
  ["hangs", "sleep 60", "CREDENTIALS_INVALID"],
  ["hangs and does not end", "trap '' TERM; sleep 60 & wait", "CREDENTIALS_INVALID"],
  ["prints rubbish", "echo rubbish", "CREDENTIALS_INVALID"],
  ["prints null", "echo null", "CREDENTIALS_INVALID"],
  ["prints numbers", 'echo \'{"Username":1,"Secret":2}\'', "CREDENTIALS_INVALID"],
  ["prints a secret twice", 'echo \'{"Username":"u","Secret":"a","Secret":"b"}\'', "CREDENTIALS_INVALID"],
  ["prints without end", "yes", "CREDENTIALS_INVALID"],
  ["has no entry", "echo 'credentials not found'; exit 1", "none"],
  ["does not read what it is asked", 'exec <&-; echo \'{"Username":"u","Secret":"p"}\'', "none"],
] as const)("a credential helper that %s", async ([, script, code]) => {
  const program = join(directory, "docker-credential-hostile");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  expect(await failure(lookUp('{"credsStore":"hostile"}'))).toBe(code);
});

test("a helper without an entry leaves the registry to anonymous access", async () => {
  const host = await servers.start((request, response) => {
    const headers = { "content-type": mediaTypes.manifest };
    if (request.headers.authorization === undefined) response.writeHead(200, headers).end("{}");
    else response.writeHead(500).end();
  });
  await writeFile(join(directory, "config.json"), '{"credsStore":"absent"}');
  const credentials = dockerCredentials({ DOCKER_CONFIG: directory, HOME: directory });
  const repository = new RemoteRepository({ reference: `${host}/a`, credentials });
  expect((await repository.resolve("v1")).size).toBe(2);
});
