import { readFileSync } from "node:fs";
import {
  parseTrustPolicy,
  provenData,
  parseQuote,
  parseEventLog,
  tdxReferenceValues,
  verifyTdx,
} from "@apoc/attestation";
import { toHex } from "@apoc/encoding";
import { describe, expect } from "vitest";
import { vectorTest } from "./vector-test.ts";
import { folder } from "./vectors.ts";

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

const logFile = "tdx/v4-cos113-ccel/ccel_data_trimmed.bin";
const quoteFile = "tdx/v4-cos113-ccel/quote.bin";
const read = (path: string) => readFileSync(`${folder}${path}`);

describe("a genuine event log", () => {
  vectorTest("replays to the registers of its quote", [logFile, quoteFile], () => {
    const [log, quote] = [read(logFile), read(quoteFile)];
    const { events, rtmrs } = parseEventLog(log);
    expect(events.length).toBe(43);
    expect(rtmrs.map(toHex)).toEqual(parseQuote(quote).body.rtmrs.map(toHex));
  });

  vectorTest("proves the commands of the boot loader, and not the names of files", [logFile], () => {
    const proven = parseEventLog(read(logFile))
      .events.filter(({ rtmr }) => rtmr === 2)
      .map((event) => text(provenData(event)));
    expect(proven).toContain("setparams verified image A");
    expect(proven.some((command) => command?.startsWith("/syslinux/vmlinuz.A init="))).toBe(true);
    expect(proven.filter((command) => command === undefined).length).toBe(5);
  });

  vectorTest(
    "satisfies a policy that names its events, by text or by digest",
    [logFile, quoteFile],
    async () => {
      const [log, quote] = [read(logFile), read(quoteFile)];
      const { events } = parseEventLog(log);
      const rules = events
        .filter(({ rtmr }) => rtmr === 2)
        .map((event) => {
          const proven = text(provenData(event));
          return proven === undefined
            ? { rtmr: 2, digest: toHex(event.digest) }
            : { rtmr: 2, type: event.type, text: proven };
        });
      const { body } = parseQuote(quote);
      const verify = async (events_: unknown, eventLog: Uint8Array | undefined) => {
        const policy = parseTrustPolicy(
          JSON.stringify({
            apiVersion: "apoc.network/trust-policy/v1",
            name: "cos",
            tdx: {
              mrTd: [toHex(body.mrTd)],
              rtmr: { 0: null, 1: null, 2: null, 3: null },
              events: events_,
            },
          }),
        );
        const at = new Date("2025-06-01T00:00:00Z");
        const reference = tdxReferenceValues(policy);
        const { checks } = await verifyTdx({ quote, eventLog }, reference, body.reportData, at);
        return checks.results.find(({ name }) => name === "RTMR2");
      };
      expect(await verify(rules, log)).toEqual({ name: "RTMR2", verdict: "pass" });
      expect(await verify(rules, undefined)).toMatchObject({ verdict: "fail", actual: "none" });
      const fewer = rules.filter((rule) => !("text" in rule) || rule.text !== "setparams verified image A");
      expect(fewer.length).toBe(rules.length - 1);
      expect(await verify(fewer, log)).toMatchObject({ verdict: "fail" });
      const more = [...rules, { rtmr: 2, text: "something else" }];
      expect(await verify(more, log)).toMatchObject({ verdict: "fail", actual: "none" });
      const shorter = log.subarray(0, log.length - 8);
      expect(await verify(rules, shorter)).toEqual({ name: "RTMR2", verdict: "pass" });
      const changed = Uint8Array.from(log);
      changed[changed.length - 20]! ^= 1;
      // The last event belongs to RTMR1: its data is a claim that no rule uses.
      expect(await verify(rules, changed)).toEqual({ name: "RTMR2", verdict: "pass" });
      const position = log.indexOf("grub_cmd: setparams verified image A");
      changed[position + 12]! ^= 1;
      expect(await verify(rules, changed)).toMatchObject({ verdict: "fail" });
    },
  );
});
