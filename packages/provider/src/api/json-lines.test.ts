import { expect, test } from "vitest";
import { beginLines, jsonLines } from "./json-lines.ts";

async function textOf(lines: AsyncIterable<unknown>): Promise<string> {
  return new Response(jsonLines(await beginLines(lines), new AbortController())).text();
}

test("lines arrive in order, and none is lost by waiting for the first", async () => {
  async function* lines() {
    yield { n: 1 };
    yield { n: 2 };
  }
  expect(await textOf(lines())).toBe('{"n":1}\n{"n":2}\n');
});

test("a source that is silent at first is a stream all the same", async () => {
  const later = Promise.withResolvers<void>();
  async function* lines() {
    await later.promise;
    yield { n: 1 };
  }
  const iterator = await beginLines(lines());
  later.resolve();
  expect(await new Response(jsonLines(iterator, new AbortController())).text()).toBe('{"n":1}\n');
});

test("what fails at once fails before the stream begins", async () => {
  // oxlint-disable-next-line require-yield
  async function* lines(): AsyncGenerator<never> {
    throw new Error("no such container");
  }
  await expect(beginLines(lines())).rejects.toThrow("no such container");
});

test("a reader that goes away ends the source", async () => {
  let ended = false;
  async function* lines() {
    try {
      for (let n = 0; ; n += 1) yield { n };
    } finally {
      ended = true;
    }
  }
  const stop = new AbortController();
  const reader = jsonLines(await beginLines(lines()), stop).getReader();
  await reader.read();
  await reader.cancel();
  expect([ended, stop.signal.aborted]).toEqual([true, true]);
});
