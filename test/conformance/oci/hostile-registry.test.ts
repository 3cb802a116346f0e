import { copy, type Descriptor, MemoryTarget, mediaTypes, RemoteRepository } from "@apoc/oci";
import { afterAll, expect, test } from "vitest";
import { bytes, blob, digest, impatient } from "./hostile-registry-case.ts";
import { contentCases } from "./hostile-registry-content.ts";
import { listCases } from "./hostile-registry-lists.ts";
import { HostileServers, drain, failure } from "./hostile-server.ts";

const servers = new HostileServers();
afterAll(() => servers.close());

test.each([...contentCases, ...listCases])(
  "a hostile registry: $name → $code",
  async ({ answer, attempt, code, options }) => {
    const host = await servers.start(answer);
    const repository = new RemoteRepository({ reference: `${host}/a/b`, backOffMilliseconds: 1, ...options });
    expect(await failure(attempt(repository))).toBe(code);
  },
);

test("no wait for a connection is endless", async () => {
  const repository = new RemoteRepository({
    reference: "registry.example/a",
    ...impatient,
    fetch: (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
      }),
  });
  expect(await failure(repository.resolve("v1"))).toBe("REGISTRY_UNREACHABLE");
});

test("every call ends with its signal", async () => {
  const host = await servers.start(() => undefined);
  const repository = new RemoteRepository({ reference: `${host}/a/b` });
  const descriptor: Descriptor = { mediaType: mediaTypes.manifest, digest, size: 2 };
  const calls: ((signal: AbortSignal) => Promise<unknown>)[] = [
    (signal) => repository.resolve("v1", { signal }),
    (signal) => repository.exists(blob, { signal }),
    (signal) => drain(repository.fetch(blob, { signal })),
    (signal) => repository.push(blob, bytes, { signal }),
    (signal) => repository.tag(descriptor, "v1", { signal }),
    (signal) => repository.referrers(digest, undefined, { signal }),
    (signal) => repository.tags({ signal }),
    (signal) => repository.mount(blob, repository, { signal }),
    (signal) => copy(repository, "v1", new MemoryTarget(), { signal }),
  ];
  for (const call of calls) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 30);
    expect(await failure(call(controller.signal))).toBe("Error: enough");
    expect(await failure(call(AbortSignal.abort(new Error("before"))))).toBe("Error: before");
  }
});

test("warnings are reported once each, short, and without control characters", async () => {
  const host = await servers.start((_, response) => {
    response.setHeader("warning", [
      '299 - "Your token\t\u009b expires soon."',
      '299 - "twice"',
      '299 - "twice"',
      '199 other "not for people"',
      `299 - "${"x".repeat(5000)}"`,
    ]);
    response.writeHead(404).end();
  });
  const seen: [string, string][] = [];
  const repository = new RemoteRepository({
    reference: `${host}/a/b`,
    onWarning: (text, registry) => seen.push([text, registry]),
  });
  await repository.exists(blob);
  await repository.exists(blob);
  expect(seen).toEqual([
    ["Your token expires soon.", host],
    ["twice", host],
  ]);
  let count = 0;
  const many = await servers.start((_, response) => {
    const texts = Array.from({ length: 50 }, () => `299 - "warning ${count++}"`);
    response.writeHead(404, { warning: texts.join(", ") }).end();
  });
  const told: string[] = [];
  const flooded = new RemoteRepository({ reference: `${many}/a/b`, onWarning: (text) => told.push(text) });
  for (let i = 0; i < 5; i++) await flooded.exists(blob);
  expect(told.length).toBe(100);
});
