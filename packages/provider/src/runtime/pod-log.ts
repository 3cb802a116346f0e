export interface LogLine {
  readonly container: string;
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds, from the runtime. */
  readonly time: string;
  readonly text: string;
}

export interface LogOptions {
  /** One container; all unless given. */
  readonly container?: string;
  readonly follow?: boolean;
  /** Only the last N lines of each container. */
  readonly tail?: number;
  /** RFC 3339; earlier lines are left out. */
  readonly since?: string;
  readonly signal?: AbortSignal;
}
