import { ApocError } from "@apoc/errors";
import { expect, test } from "vitest";
import { attestationErrors } from "../errors.ts";
import { makeQuote } from "../testing/tdx-quote.ts";
import { parseEventLog, parseQuote } from "./readers.ts";

test("a quote is read field by field", () => {
  const quote = parseQuote(makeQuote({ version: 5, padding: new Uint8Array(7) }));
  expect(quote.header).toMatchObject({ version: 5, teeType: 0x81, attestationKeyType: 2 });
  expect(quote.signed.length).toBe(48 + 6 + 648);
  expect(quote.padding).toBe(7);
});

test("whatever bytes are read, the error bears a code", () => {
  const quote = makeQuote({ version: 5 });
  const errors: unknown[] = [];
  // A generator of its own, so that every run reads the same bytes.
  let state = 1;
  const random = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from(quote).slice(0, round % 3 === 0 ? random(quote.length) : quote.length);
    for (let change = 0; change < 1 + (round % 4); change++)
      if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
    for (const parse of [parseQuote, parseEventLog]) {
      try {
        parse(bytes);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  expect(errors.length).toBeGreaterThan(2000);
  expect(errors.every((error) => error instanceof ApocError)).toBe(true);
  const codes = new Set(errors.map((error) => (error as ApocError).code));
  expect(codes).toEqual(
    new Set([attestationErrors.QUOTE_LAYOUT.code, attestationErrors.EVIDENCE_FORMAT.code]),
  );
});
