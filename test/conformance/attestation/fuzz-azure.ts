import { readdirSync, readFileSync } from "node:fs";
import { readHclReport, readRuntimeData, readTpmQuote } from "@apoc/attestation/testing";
import { mutateBytes } from "./fuzz-mutation.ts";
import type { FuzzTarget } from "./fuzz-target.ts";
import { mutateJson } from "./fuzz-text.ts";
import { folder, has, leaveOut } from "./vectors.ts";

/** Parsers only: what evidence on Azure is accepted for is tested with a TPM of the test's own. */
export function azureTargets(): FuzzTarget[] {
  if (!has("azure-vtpm")) {
    leaveOut("changed evidence of Azure", ["azure-vtpm"]);
    return [];
  }
  const documents = readdirSync(`${folder}azure-vtpm`)
    .filter((name) => name.endsWith(".json"))
    .map(
      (name) => JSON.parse(readFileSync(`${folder}azure-vtpm/${name}`, "utf8")) as Record<string, unknown>,
    );
  const found = (pattern: (bytes: Uint8Array) => boolean) =>
    documents.flatMap((document) => byteStrings(document)).filter(pattern);
  const reports = found(
    (bytes) => bytes.length > 0x4c0 && Buffer.from(bytes.subarray(0, 4)).toString() === "HCLA",
  );
  const quotes = found(
    (bytes) => bytes.length < 1024 && Buffer.from(bytes.subarray(0, 4)).toString("hex") === "ff544347",
  );
  const target = (
    name: string,
    seeds: readonly Uint8Array[],
    mutate: FuzzTarget["mutate"],
    parse: FuzzTarget["parse"],
  ) => (seeds.length === 0 ? [] : [{ name, seeds, mutate, parse }]);
  const runtime = reports.map((bytes) => readHclReport(bytes).runtimeData);
  return [
    ...target("HCL report", reports, mutateBytes, readHclReport),
    ...target("runtime data", runtime, mutateJson, readRuntimeData),
    ...target("TPM quote", quotes, mutateBytes, readTpmQuote),
  ];
}

/** Every byte string in a JSON value, however it is written: as numbers, or base64 of either alphabet. */
function byteStrings(value: unknown): Uint8Array[] {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number"))
    return [Uint8Array.from(value as number[])];
  if (typeof value === "string") return [Buffer.from(value, "base64"), Buffer.from(value, "hex")];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(byteStrings);
  return [];
}
