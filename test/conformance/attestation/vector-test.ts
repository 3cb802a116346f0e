import { test } from "vitest";
import { has, leaveOut } from "./vectors.ts";

/** A test that needs these files or folders of the vectors. Where one is missing, the test is left out by name. */
export function vectorTest(title: string, paths: readonly string[], run: () => void | Promise<void>): void {
  const missing = paths.filter((path) => !has(path));
  if (missing.length === 0) test(title, run);
  else leaveOut(title, missing);
}
