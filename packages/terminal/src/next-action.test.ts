import { type NextAction, nextActions } from "@apoc/errors";
import { expect, test } from "vitest";
import { renderNext } from "./next-action.ts";

test.each([
  [{ action: "fund-channel", subject: "0x12" }, "apoc pod fund 0x12 <amount>"],
  [{ action: "raise-limit", subject: "93.400000" }, "repeat the command with --yes --max-total 93.400000"],
  [{ action: "create-wallet" }, "apoc wallet new NAME"],
  [{ action: "run", subject: "apoc x --help" }, "apoc x --help"],
  [{ action: "decompress-gzip", subject: "a.tar.gz" }, "gunzip -k a.tar.gz"],
] as const)("%j reads %s", (next, text) => expect(renderNext(next)).toBe(text));

test("a subject cannot add a command to the line", () => {
  expect(renderNext({ action: "fund-channel", subject: "0x12; rm -rf ~" })).toBe(
    "apoc pod fund '0x12; rm -rf ~' <amount>",
  );
  expect(renderNext({ action: "grant-image", subject: "a'$(id)" })).toBe(
    "apoc dev grant 'a'\\''$(id)' --provider <url>",
  );
});

test("every action has a text, with and without a subject", () => {
  for (const action of Object.keys(nextActions) as NextAction[]) {
    expect(renderNext({ action, subject: "x" })).not.toMatch(/undefined|^$/);
    if (action !== "run") expect(renderNext({ action })).not.toMatch(/undefined|^$/);
  }
});
