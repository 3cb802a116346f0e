import { expect, test } from "vitest";
import { assertWithinLimit } from "./spending-limit.ts";

test("spending needs a terminal, or --yes with a limit that suffices", () => {
  const token = { symbol: "USDC", decimals: 6 };
  const with_ = (yes: boolean, interactive: boolean) =>
    ({ flags: { yes }, ui: { interactive } }) as Parameters<typeof assertWithinLimit>[0];
  const check = (yes: boolean, interactive: boolean, limit?: string) =>
    assertWithinLimit(with_(yes, interactive), 93_400_000n, limit, token);
  expect(() => check(false, true)).not.toThrow();
  expect(() => check(true, false, "93.4")).not.toThrow();
  for (const [yes, interactive] of [
    [true, false],
    [false, false],
    [true, true],
  ] as const) {
    expect(() => check(yes, interactive)).toThrowError(
      expect.objectContaining({
        code: "APOC-9230",
        next: { action: "raise-limit", subject: "93.400000" },
      }),
    );
  }
  expect(() => check(true, false, "93.399999")).toThrowError(expect.objectContaining({ code: "APOC-4006" }));
  expect(() => check(true, false, "many")).toThrowError(expect.objectContaining({ code: "APOC-4001" }));
});
