import { expect, test } from "vitest";
import { RemoteRepository } from "../index.ts";
import { failure } from "../sample-image.test.data.ts";

/** A repository whose requests get these answers in turn; the last one again and again. */
function answering(answers: readonly (() => Response)[], attempts?: number) {
  let asked = 0;
  const repository = new RemoteRepository({
    reference: "registry.example/a",
    backOffMilliseconds: 1,
    ...(attempts === undefined ? {} : { attempts }),
    fetch: async () => (answers[Math.min(asked++, answers.length - 1)] ?? (() => new Response()))(),
  });
  return { repository, asked: () => asked };
}
const blob = { mediaType: "x/y", digest: `sha256:${"1".repeat(64)}`, size: 1 } as const;
const status =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response(null, { status: code, headers });

test.for([408, 429, 500, 502, 503])("status %i is tried again", async (code) => {
  const { repository, asked } = answering([status(code, { "retry-after": "0" }), status(code), status(200)]);
  expect(await repository.exists(blob)).toBe(true);
  expect(asked()).toBe(3);
});

test.for([400, 403, 404, 416, 501])("status %i is not", async (code) => {
  const { repository, asked } = answering([status(code)]);
  await failure(repository.exists(blob));
  expect(asked()).toBe(1);
});

test("a broken connection is tried again, so often and no more", async () => {
  const broken = () => {
    throw new TypeError("fetch failed");
  };
  const once = answering([broken, status(200)]);
  expect(await once.repository.exists(blob)).toBe(true);
  const never = answering([broken], 3);
  expect(await failure(never.repository.exists(blob))).toBe("REGISTRY_UNREACHABLE");
  expect(never.asked()).toBe(3);
});

test("307 and 308 take a body along, 302 does not", async () => {
  for (const [code, expected] of [
    [307, "none"],
    [308, "none"],
    [302, "REGISTRY_REFUSED"],
  ] as const) {
    const { repository } = answering([
      status(code, { location: "https://registry.example/v2/a/blobs/uploads/?x" }),
      status(202, { location: "/v2/a/blobs/uploads/1" }),
      status(201),
    ]);
    const bytes = new TextEncoder().encode("x");
    const descriptor = {
      ...blob,
      digest: `sha256:${"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}`,
    } as const;
    expect(await failure(repository.push(descriptor, bytes))).toBe(expected);
  }
});
