import { expect, test } from "vitest";
import { repeat } from "./repeat.ts";

test("work is repeated after a failure, and ends with the signal", async () => {
  const ending = new AbortController();
  const failures: unknown[] = [];
  let times = 0;
  const work = async () => {
    times += 1;
    if (times === 1) throw new Error("the database is away");
    ending.abort();
  };
  await repeat(work, 1, ending.signal, (error) => void failures.push(error));
  expect(times).toBe(2);
  expect(failures).toEqual([new Error("the database is away")]);
});

test("a signal during the pause ends it at once", async () => {
  const ending = new AbortController();
  const ended = repeat(
    () => Promise.reject(new Error("never")),
    1e9,
    ending.signal,
    () => {},
  );
  ending.abort();
  await ended;
});
