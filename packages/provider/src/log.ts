/** Lines for the operator of the daemon. Never keys, secrets or bodies of requests. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
}

/** An unknown failure as a log shows it: code and message, no stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? `${code} ${error.message}` : error.message;
}
