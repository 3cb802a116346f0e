import { expect, test } from "vitest";
import { judge, type Report } from "./report.ts";

const clean: Report = {
  complete: true,
  operations: { total: 1, selected: 1 },
  test_cases: { generated: 10, with_failures: 0, errored: 0 },
  failures: [],
  errors: [],
  valid_rates: { "GET /v1/info": { coverage: { accepted: 0 }, fuzzing: { accepted: 3 } } },
};
const judged = (change: Partial<Report>) => judge({ ...clean, ...change }, ["GET /v1/info"]);

test("a run without findings passes with its requests", () => {
  expect(judged({})).toEqual({ passed: 10, findings: [] });
});

test.each([
  [{ failures: [{ title: "Server error", operations: ["GET /v1/info"] }] }, "GET /v1/info: Server error"],
  [{ errors: [{ title: "Network Error", count: 2 }] }, "Network Error: 2"],
  [{ valid_rates: {} }, "GET /v1/info: no request succeeded"],
  [{ valid_rates: { "GET /v1/info": { fuzzing: { accepted: 0 } } } }, "GET /v1/info: no request succeeded"],
  [{ complete: false }, "the run is not complete"],
] satisfies [Partial<Report>, string][])("%j is a finding", (change, finding) => {
  expect(judged(change).findings).toEqual([finding]);
});

test("what was left out of the run is no finding", () => {
  expect(judged({ valid_rates: {}, operations: { total: 2, selected: 1 } }).findings).toEqual([]);
});
