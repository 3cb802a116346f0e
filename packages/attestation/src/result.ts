import { patterns } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { attestationErrors, type ReasonCode } from "./errors.ts";
import { evidenceKinds, evidenceVersion } from "./evidence.ts";
import { products } from "./snp/product.ts";
import { tcbStatuses } from "./tdx/tcb-status.ts";

const time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, "expected a UTC time in seconds");
const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `expected ${bytes} bytes of hexadecimal`);
const svn = z.int().min(0).max(255);

/** Strict JSON form of an attestation result; claims keep their text form. */
export const resultSchema = z.strictObject({
  version: z.literal(evidenceVersion),
  kind: z.enum(evidenceKinds),
  status: z.enum(["affirming", "contraindicated"]),
  development: z.boolean(),
  checks: z
    .array(
      z.strictObject({
        name: z.enum(Object.keys(attestationErrors) as [ReasonCode, ...ReasonCode[]]),
        verdict: z.enum(["pass", "fail", "skipped"]),
        code: z.templateLiteral(["APOC-", z.number()]).optional(),
        expected: z.string().max(32_768).optional(),
        actual: z.string().max(32_768).optional(),
      }),
    )
    .max(256),
  claims: z.strictObject({
    wrappingKey: z.string().max(2048),
    hpkeKey: z.string().max(4096),
    meterKey: z.string().max(64),
    tlsKey: z.string().max(2048),
    chainId: z.int().min(1),
    provider: z.string().regex(patterns.lowerCaseAddress, "expected 0x and 40 lower-case hexadecimal digits"),
    configurationDigest: hex(32),
    nodePolicyDigest: hex(32),
  }),
  product: z.enum(products).nullable(),
  chipId: hex(64).nullable(),
  measurement: hex(48).nullable(),
  tcb: z.strictObject({ fmc: svn.optional(), bl: svn, tee: svn, snp: svn, ucode: svn }).nullable(),
  tdx: z
    .strictObject({
      rtmrs: z.array(hex(48)).length(4).nullable(),
      platform: z
        .strictObject({
          status: z.enum(tcbStatuses),
          advisories: z.array(z.string().max(64)).max(1024),
          evaluationNumber: z.int().min(0),
          fmspc: hex(6),
        })
        .nullable(),
    })
    .optional(),
  azure: z
    .strictObject({
      pcrs: z.array(hex(32)).length(24).nullable(),
      secureBoot: z.boolean().nullable(),
      consoleEnabled: z.boolean().nullable(),
    })
    .optional(),
  policyDigest: hex(32),
  evaluatedAt: time,
  expiresAt: time,
});

/**
 * Outcome of an appraisal (RFC 9334, attestation result), shaped after EAR: one status, every check with its verdict,
 * and what was found. `claims`, `measurement` and the like are proven only if the status is `affirming`.
 * `development: true` says that the evidence comes from a development attester: it proves nothing about hardware.
 */
export type AttestationResult = Readonly<z.output<typeof resultSchema>>;

/** Throws the error of the first failed check unless the result is affirming. */
export function assertAffirming(result: AttestationResult): void {
  const failed = result.checks.find(({ verdict }) => verdict === "fail");
  if (failed !== undefined) {
    const { name, expected, actual } = failed;
    throw new ApocError(attestationErrors[name], { field: "evidence", expected, actual });
  }
  if (result.status !== "affirming") throw new ApocError(attestationErrors.INCOMPLETE, { field: "evidence" });
}
