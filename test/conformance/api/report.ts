/** The JSON report of schemathesis, as far as it is read here. */
export interface Report {
  readonly complete: boolean;
  readonly operations: { readonly total: number; readonly selected: number };
  readonly test_cases: {
    readonly generated: number;
    readonly with_failures: number;
    readonly errored: number;
  };
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
  readonly errors: readonly { readonly title: string; readonly count: number }[];
  /** By operation and phase. */
  readonly valid_rates: Readonly<Record<string, Readonly<Record<string, { readonly accepted: number }>>>>;
}

/** What came of a run. */
export interface Verdict {
  /** Requests without a finding. */
  readonly passed: number;
  /** One line each. */
  readonly findings: readonly string[];
}

/**
 * Judges a report. An operation of which no request succeeded counts as a finding where all were asked: what only ever
 * refuses was not tested.
 */
export function judge(report: Report, operations: readonly string[]): Verdict {
  const failures = report.failures.flatMap(({ title, operations: where }) =>
    where.map((name) => `${name}: ${title}`),
  );
  const errors = report.errors.map(({ title, count }) => `${title}: ${count}`);
  const all = report.operations.selected === report.operations.total;
  const idle = (all ? operations : [])
    .filter((name) => !Object.values(report.valid_rates[name] ?? {}).some(({ accepted }) => accepted > 0))
    .map((name) => `${name}: no request succeeded`);
  const { generated, with_failures: failed, errored } = report.test_cases;
  return {
    passed: generated - failed - errored,
    findings: [...failures, ...errors, ...idle, ...(report.complete ? [] : ["the run is not complete"])],
  };
}
