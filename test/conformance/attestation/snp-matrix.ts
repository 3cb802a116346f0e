import { readFileSync } from "node:fs";
import { readReport } from "@apoc/attestation";
import { toHex } from "@apoc/encoding";
import type { Case } from "./cases.ts";
import type { CasePolicy, SnpCase } from "./snp-case.ts";
import { cases, folder, has } from "./vectors.ts";

/** A case that is made here: what differs from one that is accepted, and the code that this must give. */
type Change = readonly [
  name: string,
  code: string,
  change: Partial<Omit<SnpCase, "policy">>,
  policy?: object,
];

/** Cases of the vectors' form for changes of one case. */
const changed = (base: SnpCase, changes: readonly Change[]): Case[] =>
  changes.map(([name, expect, change, policy]) => ({
    ...base,
    ...change,
    kind: "snp",
    id: `${base.id}: ${name}`,
    policy: { ...base.policy, ...policy },
    expect,
  }));
const at = (date: string) => ({ at: `${date}T00:00:00Z` });
const flip = (offset: number, target = "report") => ({ mutate: [{ target, offset, xor: 1 }] });
const set = (offset: number, hex: string) => ({ mutate: [{ target: "report", offset, set: hex }] });
const file = (name: string) => `snp-dev/${name}`;

/** Every kind of change to every genuine report. */
function genuine(): Case[] {
  const names = [
    ["milan-v2", "2024-01-01"],
    ["milan-v2-debug", "2024-01-01"],
    ["milan-v2-azure", "2024-01-01"],
    ["milan-v3-dstack", "2026-07-01"],
    ["milan-v3-oak", "2025-06-01"],
    ["milan-v3-azure", "2025-06-01"],
    ["milan-v3-vlek-aws", "2025-06-01"],
    ["genoa-v3-bergamo", "2025-06-15"],
    ["genoa-v3-azure", "2025-06-01"],
    ["genoa-v5-oak", "2025-09-01"],
    ["turin-v5-oak", "2025-09-01"],
    ["turin-v5-anolis", "2026-07-15"],
  ] as const;

  /** A case that accepts a report, by a policy that names what the report has, with its codes for changes. */
  const subject = (name: string, date: string): { base: SnpCase; changes: Change[] } => {
    const report = readReport(readFileSync(`${folder}snp/${name}/report.bin`))!;
    const product = name.split("-")[0]!;
    const other = product === "genoa" ? "milan" : "genoa";
    const title = `${product[0]!.toUpperCase()}${product.slice(1)}`;
    const vlek = name.includes("vlek");
    const chain = (of: string) => ({
      intermediate: `roots/amd/${of}-${vlek ? "asvk" : "ask"}.der`,
      ark: `roots/amd/${of}-ark.der`,
    });
    const { policy } = cases.find(({ id }) => id === "real/milan-v2/ok") as SnpCase;
    const base: SnpCase = {
      id: name,
      report: `snp/${name}/report.bin`,
      vek: `snp/${name}/${vlek ? "vlek" : "vcek"}.der`,
      ...chain(product),
      ...at(date),
      policy: {
        ...policy,
        allowDebug: name.includes("debug"),
        provisional: true,
        vmpl: [report.vmpl],
        vlekCsps: ["CN=cc-us-east-2.amazonaws.com"],
        measurements: [toHex(report.measurement)],
        hostData: toHex(report.hostData),
        idKeyDigests: [toHex(report.idKeyDigest)],
        reportData: toHex(report.reportData),
      },
      expect: "ACCEPT",
    };
    const unnamed = Object.entries(policy.roots!).filter(([, root]) => root.product !== title);
    const v2 = report.version === 2;
    const changes: Change[] = [
      ["ok", "ACCEPT", {}],
      ["before the key was certified", "CERT_NOT_YET_VALID", at("2019-01-01")],
      ["after the key's end", "CERT_EXPIRED", at("2040-01-01")],
      ["another measurement", "MEASUREMENT", {}, { measurements: ["00".repeat(48)] }],
      ["no measurement", "MEASUREMENT", {}, { measurements: [] }],
      ["other report data", "REPORT_DATA", {}, { reportData: "01".repeat(64) }],
      ["report data too short", "REPORT_DATA", {}, { reportData: toHex(report.reportData).slice(2) }],
      ["other host data", "HOST_DATA", {}, { hostData: "01".repeat(32) }],
      ["another id key", "ID_KEY", {}, { idKeyDigests: ["01".repeat(48)] }],
      ["another privilege level", "VMPL", {}, { vmpl: [(report.vmpl + 1) % 4] }],
      ["a newer image", "GUEST_SVN", {}, { minGuestSvn: report.guestSvn + 1 }],
      ["newer firmware", "TCB_TOO_OLD", {}, { minTcb: { [title]: { snp: 255 } } }],
      ["a product without a floor", "TCB_TOO_OLD", {}, { minTcb: {} }],
      ["newer firmware at launch", "LAUNCH_TCB_TOO_OLD", {}, { minLaunchTcb: { [title]: { snp: 255 } } }],
      ["no threads", report.policy.smt ? "SMT_ALLOWED" : "ACCEPT", {}, { allowSmt: false }],
      ["no debugging", name.includes("debug") ? "DEBUG_ALLOWED" : "ACCEPT", {}, { allowDebug: false }],
      ["another version", "REPORT_VERSION", {}, { reportVersions: [6] }],
      ["not a root of the policy", "ROOT_UNTRUSTED", {}, { roots: Object.fromEntries(unnamed) }],
      ["no revocation list", "CRL_MISSING", {}, { crl: "required" }],
      ["another root's list", "CRL_ISSUER", { crl: file("crl-good.der") }, { crl: "required" }],
      ["another product's chain", v2 ? "CERT_ISSUER" : "PRODUCT_MISMATCH", chain(other)],
      ["another product's intermediate", "CERT_NAME", { intermediate: chain(other).intermediate }],
      ["another product's root", v2 ? "CERT_NAME" : "PRODUCT_MISMATCH", { ark: chain(other).ark }],
      ["a development root", "ROOT_UNTRUSTED", { ark: file("ark.der") }],
      ["flip measurement", "REPORT_SIGNATURE", flip(144), { measurements: ["00".repeat(48)] }],
      ["flip report data", "REPORT_SIGNATURE", flip(80)],
      ["flip chip id", vlek ? "REPORT_SIGNATURE" : "VEK_HWID_MISMATCH", flip(416)],
      ["flip reported TCB", "VEK_TCB_MISMATCH", flip(391)],
      ["flip guest SVN", "REPORT_SIGNATURE", flip(4)],
      ["flip report id", "REPORT_SIGNATURE", flip(320)],
      ["flip host data", "REPORT_SIGNATURE", flip(192)],
      ["flip R", "REPORT_SIGNATURE", flip(672)],
      ["flip S", "REPORT_SIGNATURE", flip(744)],
      ["padding of R", "RESERVED_NONZERO", flip(722)],
      ["padding of S", "RESERVED_NONZERO", flip(794)],
      ["after the signature", "RESERVED_NONZERO", flip(1183)],
      ["a zero signature", "REPORT_SIGNATURE", set(672, "00".repeat(144))],
      [
        "migration set",
        "REPORT_SIGNATURE",
        { mutate: [{ target: "report", offset: 10, xor: 4 }] },
        { allowMigration: true },
      ],
      ["policy bit 17 clear", "POLICY_RESERVED", set(10, "00")],
      ["policy bit 26 set", "POLICY_RESERVED", set(11, "04")],
      ["privilege level 4", "VMPL_RANGE", set(48, "04")],
      ["signature algorithm 2", "SIG_ALGO", set(52, "02")],
      ["signer bit 5", "SIGNER_INFO", set(72, "20")],
      ["signing key 7", "SIGNING_KEY", set(72, "1c")],
      ["a signer of the other kind", "CERT_NAME", set(72, vlek ? "00" : "04")],
      ["truncated", "REPORT_SIZE", { mutate: [{ target: "report", truncate: 1183 }] }],
      ["empty", "REPORT_SIZE", { mutate: [{ target: "report", truncate: 0 }] }],
      ["trailing", "REPORT_SIZE", { mutate: [{ target: "report", append: "00" }] }],
      ["version 1", "REPORT_VERSION", set(0, "01000000")],
      ["version 6", "REPORT_VERSION", set(0, "06000000")],
      ["certificate truncated", "CERT_PARSE", { mutate: [{ target: "vek", truncate: 700 }] }],
      ["certificate with a byte more", "CERT_PARSE", { mutate: [{ target: "vek", append: "00" }] }],
      ["certificate's signature", "CERT_SIGNATURE", { mutate: [{ target: "vek", fromEnd: 1, xor: 1 }] }],
      [
        "intermediate's signature",
        "CERT_SIGNATURE",
        { mutate: [{ target: "intermediate", fromEnd: 1, xor: 1 }] },
      ],
      ["a bit of the root", "ROOT_UNTRUSTED", { mutate: [{ target: "ark", fromEnd: 1, xor: 1 }] }],
      ["intermediate as leaf", "CA_FLAG", { vek: chain(product).intermediate }],
    ];
    return { base, changes };
  };

  const ready = has("snp/milan-v2") ? names.filter(([name]) => has(`snp/${name}`)) : [];
  return ready.flatMap(([name, date]) => {
    const { base, changes } = subject(name, date);
    return changed(base, changes);
  });
}

/** Reports and certificates that were made for one check each. */
function development(): Case[] {
  const base = {
    ...(cases.find(({ id }) => id === "dev/v3-ok") as SnpCase),
    id: "dev",
    report: file("report-good.bin"),
  };
  const report = (name: string) => ({ report: file(`${name}.bin`) });
  const vlek = { ...report("vlek"), vek: file("vlek.der"), intermediate: file("asvk.der") };
  const withRoots = (change: (root: object) => object) => ({
    roots: Object.fromEntries(
      Object.entries(base.policy.roots!).map(([sha256, root]) => [sha256, root.dev ? change(root) : root]),
    ) as CasePolicy["roots"],
  });

  return changed(base, [
    ["good", "ACCEPT", {}],
    ["version 4", "ACCEPT", report("v4")],
    ["version 1", "REPORT_VERSION", report("v1")],
    ["version 5 only", "REPORT_VERSION", report("v3"), { reportVersions: [5] }],
    ["signature algorithm 0", "SIG_ALGO", report("algo0")],
    ["signer bit 5", "SIGNER_INFO", report("ki5")],
    ["another chip", "VEK_HWID_MISMATCH", report("hwid")],
    ["boot loader TCB", "VEK_TCB_MISMATCH", report("tcb-bl")],
    ["mask bit", "CHIP_ID_MASKED", report("maskbit")],
    ["mask bit, permitted", "ACCEPT", report("maskbit"), { allowMaskedChipId: true }],
    ["zero chip id, permitted", "ACCEPT", report("masked"), { allowMaskedChipId: true }],
    ["debugging, permitted", "ACCEPT", report("debug"), { allowDebug: true }],
    ["migration, permitted", "ACCEPT", report("migrate"), { allowMigration: true }],
    ["migration, permitted by its other name", "ACCEPT", report("migrate"), { allow: { migration: true } }],
    ["level 2, permitted", "ACCEPT", report("vmpl2"), { vmpl: [0, 2] }],
    ["provisional, permitted", "ACCEPT", report("prov"), { provisional: true }],
    ["VLEK", "ACCEPT", vlek],
    ["VLEK of another cloud", "VLEK_CSP", vlek, { vlekCsps: ["CN=other.example"] }],
    ["VLEK where no cloud is named", "VLEK_CSP", vlek, { vlekCsps: [] }],
    ["VLEK where the chip's key is asked for", "SIGNING_KEY", vlek, { signers: ["vcek"] }],
    ["VLEK under the intermediate of chips", "CERT_NAME", { ...vlek, intermediate: file("ask.der") }],
    ["name of the leaf", "CERT_NAME", { vek: file("vcek-cn.der") }],
    ["leaf of the future", "CERT_NOT_YET_VALID", { vek: file("vcek-future.der") }],
    ["leaf of the past", "CERT_EXPIRED", { vek: file("vcek-expired.der") }],
    ["a good list", "ACCEPT", { crl: file("crl-good.der") }, { crl: "required" }],
    ["no list, where none is needed", "ACCEPT", { crl: undefined as never }, { crl: "off" }],
    [
      "a list of tomorrow",
      "CRL_STALE",
      { crl: file("crl-good.der"), at: "2026-01-20T00:00:00Z" },
      { crl: "required" },
    ],
    ["a list with a byte more", "CRL_PARSE", { mutate: [{ target: "crl", append: "00" }] }],
    ["a list with a changed signature", "CRL_SIGNATURE", { mutate: [{ target: "crl", fromEnd: 1, xor: 1 }] }],
    ["a list for a list", "ACCEPT", { override: { crl: file("crl-serial0.der") } }],
    ["development not permitted", "DEV_ROOT", {}, { development: false }],
    ["another product's root", "PRODUCT_MISMATCH", {}, withRoots((root) => ({ ...root, product: "Milan" }))],
    ["another name of the root", "CERT_NAME", {}, withRoots((root) => ({ ...root, arkCN: "ARK-Genoa" }))],
    ["products without it", "PRODUCT_MISMATCH", {}, { products: ["Milan", "Turin"] }],
    ["host data as a list", "HOST_DATA", {}, { hostData: ["01".repeat(32)] }],
    ["a policy without anything", "MEASUREMENT", {}, { measurements: undefined, minTcb: undefined }],
  ]);
}

/** Cases that are in no list, of the vectors that are there. */
export const snpMatrix: readonly Case[] = [...genuine(), ...(has("snp-dev") ? development() : [])];
