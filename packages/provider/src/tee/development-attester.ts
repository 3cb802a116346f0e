import { request } from "node:http";
import { decodeBase64, toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { providerErrors } from "../errors.ts";
import type { Attester } from "./attester.ts";

const base64 = z
  .string()
  .max(64 * 1024)
  .transform((text, context) => {
    const bytes = decodeBase64(text);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: "custom", message: "expected base64" });
    return z.NEVER;
  });
const reportAnswer = z.object({
  report: base64,
  certificates: z.object({ vek: base64, intermediate: base64, root: base64 }),
  crl: base64.optional(),
});
const keyAnswer = z.object({ key: base64.refine((key) => key.length === 32, "expected 32 bytes") });

/**
 * What the hardware mixes into the derived key (SNP_GET_DERIVED_KEY, GUEST_FIELD_SELECT). The measurement always: else any
 * guest on the machine would get it. The guest policy too: debugging is permitted by it, not by the measurement.
 */
const keyFields = ["policy", "measurement"];

const answerLimit = 256 * 1024;

/**
 * Client of a development attester: HTTP over a unix socket (docs/spec/evidence.md, "Development attester"). It has
 * the interface of a real TEE and protects nothing.
 */
export function developmentAttester(socketPath: string): Attester {
  return {
    development: true,
    async report(reportData) {
      const { crl, ...rest } = await post(
        socketPath,
        "/v1/report",
        { reportData: toHex(reportData) },
        reportAnswer,
      );
      return { kind: "sev-snp", ...rest, ...(crl && { crl }) };
    },
    async deriveKey() {
      return (await post(socketPath, "/v1/derived-key", { select: keyFields }, keyAnswer)).key;
    },
  };
}

async function post<T>(socketPath: string, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
  const { status, text } = await send(socketPath, path, JSON.stringify(body));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (status === 200 && result.success) return result.data;
  throw new ApocError(providerErrors.ATTESTER_ANSWER, {
    field: path,
    expected: "status 200 with the documented members",
    actual: result.success
      ? `status ${status}`
      : `status ${status}, ${result.error.issues[0]?.path.join(".")}`,
  });
}

function send(socketPath: string, path: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(
        new ApocError(providerErrors.ATTESTER_UNREACHABLE, {
          field: socketPath,
          next: { action: "start-development-tee" },
          cause,
        }),
      );
    const outgoing = request(
      {
        socketPath,
        path,
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        timeout: 10_000,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > answerLimit) answer.destroy(new Error("answer too large"));
          else chunks.push(chunk);
        });
        answer.on("error", fail);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}
