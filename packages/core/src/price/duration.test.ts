import { expect, test } from "vitest";
import { formatDuration, formatRunway } from "./duration.ts";

test("durations are exact, runways rounded down", () => {
  expect([86_400, 7200, 5400, 45, 90_000].map(formatDuration)).toEqual([
    "1 day (24 h)",
    "2 h",
    "90 min",
    "45 s",
    "25 h",
  ]);
  expect([Number.POSITIVE_INFINITY, 172_799, 3599, 59.9].map(formatRunway)).toEqual([
    "no end",
    "1 d",
    "59 min",
    "59 s",
  ]);
});
