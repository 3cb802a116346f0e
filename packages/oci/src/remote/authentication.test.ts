import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type CredentialSource, mediaTypes, RemoteRepository, sha256Digest } from "../index.ts";
import { describeBytes, failure, gather } from "../sample-image.test.data.ts";
import { parseChallenges } from "./challenge.ts";

const blob = Buffer.from("blob");
const descriptor = describeBytes(mediaTypes.layerTar, blob);
const login: CredentialSource = async () => ({ username: "user", password: "pass" });
const basic = `Basic ${btoa("user:pass")}`;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers by a function; gives its `host:port`. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function repository(host: string, credentials?: CredentialSource): RemoteRepository {
  return new RemoteRepository({ reference: `${host}/a/b`, credentials, backOffMilliseconds: 1 });
}

test("challenges are read with quotes, commas and several schemes", () => {
  expect(
    parseChallenges(
      'Bearer realm="https://x/t",service="a, b",scope="repository:a:pull,push", Basic realm=x',
    ),
  ).toEqual([
    {
      scheme: "bearer",
      parameters: new Map([
        ["realm", "https://x/t"],
        ["service", "a, b"],
        ["scope", "repository:a:pull,push"],
      ]),
    },
    { scheme: "basic", parameters: new Map([["realm", "x"]]) },
  ]);
  expect(parseChallenges("")).toEqual([]);
});

test("Basic credentials are sent only after they are asked for", async () => {
  const seen: (string | undefined)[] = [];
  const host = await serve((request, response) => {
    seen.push(request.headers.authorization);
    if (request.headers.authorization === basic) response.end(blob);
    else response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
  const target = repository(host, login);
  expect((await gather(target.fetch(descriptor))).equals(blob)).toBe(true);
  await gather(target.fetch(descriptor));
  expect(seen).toEqual([undefined, basic, basic]);
  expect(await failure(gather(repository(host).fetch(descriptor)))).toBe("REGISTRY_UNAUTHORIZED");
});

test("a token is got from the token service, for pull and for push", async () => {
  const asked: string[] = [];
  const tokens = await serve((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`);
    response.end(JSON.stringify({ token: `token-${asked.length}` }));
  });
  const host = await serve((request, response) => {
    const wanted = request.method === "GET" ? "Bearer token-1" : "Bearer token-2";
    if (request.headers.authorization !== wanted) {
      const challenge = `Bearer realm="http://${tokens}/token",service="s",scope="ignored"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    } else if (request.method === "GET") response.end(blob);
    else if (request.method === "POST")
      response.writeHead(202, { location: "/v2/a/b/blobs/uploads/1" }).end();
    else response.writeHead(201).end();
  });
  const target = repository(host, login);
  await gather(target.fetch(descriptor));
  await target.push(descriptor, blob);
  expect(asked).toEqual([
    `${basic} /token?service=s&scope=repository%3Aa%2Fb%3Apull`,
    `${basic} /token?service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush`,
  ]);
});

test("a refresh token is exchanged by POST", async () => {
  let body = "";
  const host = await serve((request, response) => {
    if (request.url === "/token") {
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => response.end('{"access_token":"good"}'));
    } else if (request.headers.authorization === "Bearer good") response.end(blob);
    else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
  });
  await gather(repository(host, async () => ({ identityToken: "refresh" })).fetch(descriptor));
  expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
    grant_type: "refresh_token",
    refresh_token: "refresh",
    scope: "repository:a/b:pull",
  });
});

test.for([
  ["no realm", "Bearer service=x", "REGISTRY_PROTOCOL"],
  ["realm no URL", 'Bearer realm="x"', "REGISTRY_PROTOCOL"],
  ["realm over plain HTTP", 'Bearer realm="http://token.example/"', "REGISTRY_INSECURE"],
  ["unknown scheme", "Negotiate", "REGISTRY_UNAUTHORIZED"],
] as const)("a challenge that cannot be met: %s", async ([, challenge, name]) => {
  const host = await serve((_, response) => response.writeHead(401, { "www-authenticate": challenge }).end());
  expect(await failure(gather(repository(host, login).fetch(descriptor)))).toBe(name);
});

test("a registry elsewhere cannot send us to a service of this machine", async () => {
  const asked: string[] = [];
  const elsewhere = new RemoteRepository({
    reference: "registry.example/a/b",
    attempts: 1,
    fetch: async (input) => {
      asked.push(input as string);
      return new Response("", {
        status: 401,
        headers: { "www-authenticate": 'Bearer realm="http://127.0.0.1:2375/containers/json"' },
      });
    },
  });
  expect(await failure(gather(elsewhere.fetch(descriptor)))).toBe("REGISTRY_INSECURE");
  expect(asked).toEqual([`https://registry.example/v2/a/b/blobs/${descriptor.digest}`]);
});

test("an endless answer of a token service is not read to its end", async () => {
  let sent = 0;
  const host = await serve((request, response) => {
    if (request.url?.startsWith("/token") !== true) {
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
      return;
    }
    const write = () => {
      while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536;
    };
    response.on("drain", write);
    write();
  });
  expect(await failure(gather(repository(host, login).fetch(descriptor)))).not.toBe("none");
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

test("what a token service answers is checked", async () => {
  for (const [status, body, name] of [
    [403, "{}", "REGISTRY_UNAUTHORIZED"],
    [200, "{}", "REGISTRY_PROTOCOL"],
    [200, "no JSON", "REGISTRY_PROTOCOL"],
    [200, '{"token":"two\\nlines"}', "REGISTRY_PROTOCOL"],
  ] as const) {
    const host = await serve((request, response) => {
      if (request.url?.startsWith("/token") === true) response.writeHead(status).end(body);
      else response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
    });
    expect(await failure(gather(repository(host, login).fetch(descriptor)))).toBe(name);
  }
});

test("credentials do not follow a redirect to another place", async () => {
  const seen: (string | undefined)[] = [];
  const storage = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end(blob);
  });
  const host = await serve((request, response) => {
    if (request.headers.authorization !== basic)
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    else response.writeHead(307, { location: `http://${storage}/somewhere` }).end();
  });
  expect((await gather(repository(host, login).fetch(descriptor))).equals(blob)).toBe(true);
  expect(seen).toEqual([undefined]);
});

test("redirects in a circle end, and so do ones to nowhere", async () => {
  const circle = await serve((request, response) => response.writeHead(307, { location: request.url }).end());
  expect(await failure(gather(repository(circle).fetch(descriptor)))).toBe("REGISTRY_PROTOCOL");
  const nowhere = await serve((_, response) => response.writeHead(307).end());
  expect(await failure(gather(repository(nowhere).fetch(descriptor)))).toBe("REGISTRY_PROTOCOL");
  const file = await serve((_, response) =>
    response.writeHead(307, { location: "file:///etc/passwd" }).end(),
  );
  expect(await failure(gather(repository(file).fetch(descriptor)))).toBe("REGISTRY_PROTOCOL");
});

test.for([
  [404, "NAME_UNKNOWN", "REGISTRY_NAME_UNKNOWN"],
  [404, "MANIFEST_UNKNOWN", "NOT_FOUND"],
  [403, "DENIED", "REGISTRY_DENIED"],
  [400, "MANIFEST_INVALID", "REGISTRY_REFUSED"],
  [429, "TOOMANYREQUESTS", "REGISTRY_UNAVAILABLE"],
  [503, "", "REGISTRY_UNAVAILABLE"],
] as const)("status %i with code %s has a code of ours", async ([status, code, name]) => {
  let requests = 0;
  const host = await serve((_, response) => {
    requests++;
    response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: "why\u001b[31m" }] }));
  });
  const outcome = repository(host).resolve("v1");
  expect(await failure(outcome)).toBe(name);
  expect(await outcome.catch((error: { actual?: string }) => error.actual)).not.toContain("\u001b");
  expect(requests).toBe(status === 429 || status === 503 ? 4 : 2);
});

test("a manifest asked for by tag must have the digest that the registry states, one by digest its own", async () => {
  const manifest = Buffer.from('{"schemaVersion":2}');
  const digest = sha256Digest(Buffer.from("other"));
  for (const headers of [{ "docker-content-digest": digest }, {}]) {
    const host = await serve((request, response) => {
      if (request.method === "HEAD") response.writeHead(405).end();
      else response.writeHead(200, { "content-type": mediaTypes.manifest, ...headers }).end(manifest);
    });
    expect(await failure(repository(host).resolve(digest))).toBe("DIGEST_MISMATCH");
    const tagged = await failure(repository(host).resolve("v1"));
    expect(tagged).toBe("docker-content-digest" in headers ? "DIGEST_MISMATCH" : "none");
  }
  const html = await serve((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  );
  expect(await failure(repository(html).resolve("v1"))).toBe("MEDIA_TYPE_UNSUPPORTED");
  expect(await failure(repository(html).resolve("../../x"))).toBe("REFERENCE_INVALID");
});

test("a host that does not answer has a code", async () => {
  const host = await serve((request) => request.socket.destroy());
  expect(await failure(repository(host).resolve("v1"))).toBe("REGISTRY_UNREACHABLE");
});
