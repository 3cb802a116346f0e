import { expect, test } from "vitest";
import {
  parseContentRange,
  parseNextLink,
  parseRetryAfter,
  parseUploadRange,
  parseWarnings,
} from "./response-headers.ts";

test.for([
  ["bytes 5-9/10", { start: 5, end: 9, size: 10 }],
  ["bytes 0-0/*", { start: 0, end: 0 }],
  ["bytes 5-4/10", undefined],
  ["bytes 5-10/10", undefined],
  ["bytes */10", undefined],
  ["items 0-1/2", undefined],
  ["bytes 0-9007199254740992/9007199254740993", undefined],
] as const)("Content-Range %s", ([header, expected]) => {
  expect(parseContentRange(header)).toEqual(expected);
});

test("the range of an upload", () => {
  expect(["0-0", "0-99", "bytes=0-99", "1-99", "0-", "0-99999999999999999"].map(parseUploadRange)).toEqual([
    0,
    99,
    99,
    undefined,
    undefined,
    undefined,
  ]);
});

test.for([
  ['</v2/a/tags/list?n=1&last=b>; rel="next"', "/v2/a/tags/list?n=1&last=b"],
  ['<a>; rel=prev, <b>; title="x, y"; rel="other next"', "b"],
  ["<a>; REL = next", "a"],
  ['<a>; rel="nextish"', undefined],
  ["a; rel=next", undefined],
  [`<a>; x=${" ".repeat(100_000)}`, undefined],
] as const)("the next link of %s", ([header, expected]) => {
  expect(parseNextLink(header)).toBe(expected);
});

test("warnings are the registry's own, in plain text", () => {
  expect(parseWarnings('299 - "a \\"b\\"\u0007", 199 - "no", 299 x "no", 299 - "c"')).toEqual(['a "b"', "c"]);
});

test("a wait in seconds, or until a date", () => {
  const now = Date.parse("2026-11-22T13:31:00Z");
  expect(parseRetryAfter("7", now)).toBe(7000);
  expect(parseRetryAfter("Sun, 22 Nov 2026 13:31:05 GMT", now)).toBe(5000);
  expect(parseRetryAfter("Sun, 22 Nov 2026 13:30:00 GMT", now)).toBe(0);
  for (const header of ["", "-1", "soon", "Xxx, 99 Nov 2026 13:31:05 GMT"]) {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  }
});
