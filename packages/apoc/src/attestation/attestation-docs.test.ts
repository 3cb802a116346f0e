import { readFileSync } from "node:fs";
import { attestationErrors, type ReasonCode } from "@apoc/attestation";
import { expect, test } from "vitest";
import { checkMeanings } from "./check-meanings.ts";

const text = readFileSync(new URL("../../../../docs/attestation.md", import.meta.url), "utf8");

test("docs/attestation.md says of every check what it defends against, in their order", () => {
  const rows = [...text.matchAll(/^\| `([A-Za-z_0-9]+)` \| (APOC-3\d{3}) \| (.+) \|$/gm)].map((match) =>
    match.slice(1),
  );
  const expected = Object.entries(checkMeanings).map(([name, meaning]) => [
    name,
    attestationErrors[name as ReasonCode].code,
    meaning?.defends,
  ]);
  expect(rows).toEqual(expected);
});
