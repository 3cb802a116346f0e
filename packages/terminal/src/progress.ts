import type { Paint } from "./color.ts";
import type { OutputStream } from "./io.ts";

/** A piece of work that is under way. End it with `done` or `fail`. */
export interface Progress {
  /** Work done since the last call, in the unit of `total`. */
  readonly advance: (amount: number) => void;
  /** Ends with a check mark. */
  readonly done: (detail?: string) => void;
  /** Ends with a cross. */
  readonly fail: (detail?: string) => void;
}

/** How a {@link Progress} shows itself: `bar` redraws one line of a terminal, `plain` prints the last line only. */
export type ProgressStyle = "bar" | "plain" | "none";

const redrawMilliseconds = 80;
const barCells = 24;

export function startProgress(
  stream: OutputStream,
  paint: Paint,
  style: ProgressStyle,
  label: string,
  total: number | undefined,
  line: (ok: boolean, label: string, detail?: string) => void,
): Progress {
  let amount = 0;
  let drawnAt = 0;
  const draw = () => {
    if (style !== "bar") return;
    const now = performance.now();
    if (now - drawnAt < redrawMilliseconds) return;
    drawnAt = now;
    stream.write(`\r\u001b[K  ${paint("dim", "…")} ${label}${bar(amount, total)}`);
  };
  const end = (ok: boolean, detail?: string) => {
    if (style === "bar") stream.write("\r\u001b[K");
    line(ok, label, detail);
  };
  draw();
  return {
    advance(more) {
      amount += more;
      draw();
    },
    done: (detail) => end(true, detail),
    fail: (detail) => end(false, detail),
  };
}

function bar(amount: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return "";
  const part = Math.min(1, amount / total);
  const full = Math.floor(part * barCells);
  return `  ${"━".repeat(full)}${"╌".repeat(barCells - full)} ${Math.floor(part * 100)} %`;
}
