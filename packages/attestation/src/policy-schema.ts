import { z } from "zod";
import { pcrCount } from "./azure/tpm-quote.ts";
import { products } from "./snp/product.ts";
import { amdRoots } from "./snp/root.ts";
import { intelRoot } from "./tdx/root.ts";
import { tcbStatuses } from "./tdx/tcb-status.ts";
import { toTime } from "./time.ts";

/** Value of `apiVersion` in a trust policy. */
export const policyApiVersion = "apoc.network/trust-policy/v1";

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const maxAgeLimit = 90 * secondsOf.d;

/** Whole seconds, or a number with `s`, `m`, `h` or `d`. */
const duration = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^[1-9][0-9]{0,8}[smhd]$/, "expected seconds, or a number with s, m, h or d")
      .transform((text) => Number(text.slice(0, -1)) * secondsOf[text.at(-1) as keyof typeof secondsOf]),
  ])
  .pipe(z.int().min(60).max(maxAgeLimit));

/** RFC 3339 UTC time in seconds; YAML's core schema leaves it a text. */
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, "expected a UTC time such as 2026-01-31T12:00:00Z")
  .refine((text) => {
    const date = new Date(text);
    return !Number.isNaN(date.getTime()) && toTime(date) === text;
  }, "expected a time that exists");

/**
 * `required`: lists must be valid at the moment of evaluation. `snapshot`: for verifiers without a network; lists must
 * have been valid at `takenAt`, and count from then for `maxAge`. Both dates stand in the policy, so its digest covers them.
 */
const revocation = z.union([
  z.literal("required"),
  z.strictObject({ snapshot: z.strictObject({ takenAt: time, maxAge: duration }) }),
]);

const hex = (bytes: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[0-9a-f]{${2 * bytes}}$`),
      `expected ${bytes} bytes in lower-case hexadecimal (quote it)`,
    );
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .max(256)
    .refine((items) => new Set(items).size === items.length, "expected no duplicates");
const component = z.int().min(0).max(255);
const classicTcb = z.strictObject({ bl: component, tee: component, snp: component, ucode: component });
const turinTcb = z.strictObject({
  fmc: component,
  bl: component,
  tee: component,
  snp: component,
  ucode: component,
});
const tcbByProduct = z.strictObject({
  Milan: classicTcb.optional(),
  Genoa: classicTcb.optional(),
  Turin: turinTcb.optional(),
});

const snpRoot = z
  .strictObject({
    kind: z.literal("sev-snp"),
    product: z.enum(products),
    sha256: hex(32),
    development: z.boolean().default(false),
    revocation: z.enum(["required", "none"]).default("required"),
  })
  .superRefine((entry, context) => {
    const builtIn = amdRoots.find(({ sha256 }) => sha256 === entry.sha256);
    const report = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (builtIn === undefined && !entry.development) {
      report("development", "expected true: only the roots of AMD are roots of a real TEE");
    }
    if (builtIn !== undefined && entry.development)
      report("development", "expected false: this is a root of AMD");
    if (builtIn !== undefined && builtIn.product !== entry.product)
      report("product", `expected ${builtIn.product}`);
    if (!entry.development && entry.revocation === "none") {
      report("revocation", "expected required: only a development root may do without");
    }
  });

/** Intel's root is built in; an entry for it states that it counts, every other one is a development root. */
const tdxRoot = z
  .strictObject({
    kind: z.literal("tdx"),
    sha256: hex(32),
    development: z.boolean().default(false),
    revocation: z.enum(["required", "none"]).default("required"),
  })
  .superRefine((entry, context) => {
    const builtIn = entry.sha256 === intelRoot.sha256;
    if (builtIn === entry.development) {
      const message = builtIn
        ? "expected false: this is the root of Intel"
        : "expected true: only the root of Intel is the root of a real TEE";
      context.addIssue({ code: "custom", path: ["development"], message });
    }
    if (!entry.development && entry.revocation === "none") {
      const message = "expected required: only a development root may do without";
      context.addIssue({ code: "custom", path: ["revocation"], message });
    }
  });

const root = z.discriminatedUnion("kind", [snpRoot, tdxRoot]);

/** The `snp` section: everything that is not named is refused. */
export const snpSchema = z.strictObject({
  reportVersions: list(z.int().min(2).max(5)).default([3, 4, 5]),
  signers: list(z.enum(["vcek", "vlek"])).default(["vcek"]),
  vlekCsps: list(z.string().min(1).max(256)).default([]),
  products: list(z.enum(products)).default([...products]),
  measurements: list(hex(48)).default([]),
  hostData: list(hex(32)).nullable().default(null),
  idKeyDigests: list(hex(48)).nullable().default(null),
  authorKeyDigests: list(hex(48)).nullable().default(null),
  chipIds: list(hex(64)).nullable().default(null),
  minGuestSvn: z.int().min(0).max(0xffffffff).default(0),
  minTcb: tcbByProduct.default({}),
  minLaunchTcb: tcbByProduct.nullable().default(null),
  provisionalFirmware: z.boolean().default(false),
  vmpl: list(z.int().min(0).max(3)).default([0]),
  allow: z
    .strictObject({
      debug: z.boolean().default(false),
      migration: z.boolean().default(false),
      smt: z.boolean().default(false),
      maskedChipId: z.boolean().default(false),
    })
    .prefault({}),
  requirePlatform: z.strictObject({ aliasCheck: z.boolean().default(true) }).prefault({}),
});

const digests = list(hex(48));
const eventRule = z
  .strictObject({
    rtmr: z.int().min(0).max(3),
    type: z.int().min(0).max(0xffffffff).optional(),
    digest: hex(48).optional(),
    data: z
      .string()
      .max(8192)
      .regex(/^(?:[0-9a-f]{2})*$/, "expected lower-case hexadecimal (quote it)")
      .optional(),
    text: z.string().max(4096).optional(),
  })
  .refine(
    ({ digest, data, text }) => [digest, data, text].filter((given) => given !== undefined).length === 1,
    "expected one of digest, data and text",
  );

/** The `tdx` section: everything that is not named is refused. */
export const tdxSchema = z.strictObject({
  quoteVersions: list(z.int().min(4).max(5)).default([4, 5]),
  statuses: list(z.enum(tcbStatuses).exclude(["Revoked"])).default(["UpToDate"]),
  allowedAdvisories: list(
    z.string().regex(/^[A-Z0-9-]{1,64}$/, "expected the id of an advisory, such as INTEL-SA-00837"),
  ).default([]),
  minEvaluationNumber: z.int().min(0).max(0xffffffff).default(0),
  mrTd: digests.default([]),
  rtmr: z
    .strictObject({
      "0": digests.nullable().default([]),
      "1": digests.nullable().default([]),
      "2": digests.nullable().default([]),
      "3": digests.nullable().default([]),
    })
    .prefault({}),
  events: z.array(eventRule).max(256).default([]),
  mrConfigId: digests.nullable().default(null),
  mrSeam: digests.nullable().default(null),
  allow: z
    .strictObject({
      debug: z.boolean().default(false),
      septVeEnabled: z.boolean().default(false),
      perfmon: z.boolean().default(false),
      serviceTd: z.boolean().default(false),
    })
    .prefault({}),
});

const pcrNames = Array.from({ length: pcrCount }, (_, index) => String(index));

/** The `azure` section, for evidence that a vTPM wraps; the sections of the hardware apply as well. */
export const azureSchema = z.strictObject({
  pcrs: z.partialRecord(z.enum(pcrNames), list(hex(32))).default({}),
  requireSecureBoot: z.boolean().default(true),
});

/** Schema of a trust policy; its output is the normal form that `policyDigest` covers. */
export const policySchema = z.strictObject({
  apiVersion: z.literal(policyApiVersion),
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, "expected a DNS-like name of at most 63 characters"),
  maxAge: duration.default(7 * secondsOf.d),
  development: z.boolean().default(false),
  revocation: revocation.default("required"),
  configurations: list(hex(32)).nullable().default(null),
  nodePolicies: list(hex(32)).default([]),
  roots: z.union([z.literal("builtin"), list(root)]).default("builtin"),
  snp: snpSchema.optional(),
  tdx: tdxSchema.optional(),
  azure: azureSchema.optional(),
});
