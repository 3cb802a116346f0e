import { fileErrors, readFileIfThere } from "@apoc/client/files";
import { resolve } from "node:path";
import { parseTrustPolicy, policyDigest, policyLimit, type TrustPolicy } from "@apoc/attestation";
import { canonicalJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult } from "@apoc/terminal";

interface Input {
  readonly args: { readonly file: string };
}

/** Runs `apoc attestation policy check`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const text = await readFileIfThere(resolve(ctx.cwd, args.file), policyLimit);
  if (text === undefined)
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: args.file, actual: "no such file" });
  const policy = parseTrustPolicy(text);
  const digest = policyDigest(policy);
  const remarks = remarksOn(policy);
  for (const remark of remarks) ctx.ui.warn(remark);
  const canonical = canonicalJson(policy);
  ctx.output.result(
    { name: policy.name, digest, remarks, canonical: JSON.parse(canonical) as unknown },
    digest,
  );
}

/** What a reader of a policy should know: weak rules, and sections that nothing can meet. */
function remarksOn(policy: TrustPolicy): string[] {
  const { snp, tdx, azure, roots, revocation } = policy;
  const remarks: (readonly [boolean, string])[] = [
    [
      policy.development,
      "development: true accepts attesters that protect nothing, under the roots it names.",
    ],
    [revocation !== "required", "revocation: snapshot does not see revocations after its date."],
    [snp === undefined && tdx === undefined, "It has neither an snp nor a tdx section: it accepts nothing."],
    [roots !== "builtin" && roots.length === 0, "roots is empty: it accepts nothing."],
    [
      azure !== undefined && Object.keys(azure.pcrs).length === 0,
      "azure.pcrs is empty: it accepts no evidence of Azure.",
    ],
    [
      azure?.requireSecureBoot === false,
      "azure.requireSecureBoot: false accepts guests whose boot chain was not verified.",
    ],
  ];
  if (snp !== undefined) {
    remarks.push(
      [snp.measurements.length === 0, "snp.measurements is empty: it accepts no SNP guest."],
      [Object.keys(snp.minTcb).length === 0, "snp.minTcb is empty: it accepts no SNP guest."],
      [
        snp.signers.includes("vlek") && snp.vlekCsps.length === 0,
        "snp.vlekCsps is empty: it accepts no VLEK.",
      ],
      [snp.allow.debug, "snp.allow.debug: the host can read and change the guest."],
      [snp.allow.migration, "snp.allow.migration: the guest can be moved with its keys."],
      [snp.allow.maskedChipId, "snp.allow.maskedChipId: one machine cannot be told from another."],
      [snp.provisionalFirmware, "snp.provisionalFirmware: the host can roll the firmware back."],
      [snp.reportVersions.includes(2), "snp.reportVersions: version 2 does not state the processor."],
      [
        snp.vmpl.some((level) => level > 0),
        "snp.vmpl: less privileged parts of the guest may ask for reports.",
      ],
      [
        !snp.requirePlatform.aliasCheck,
        "snp.requirePlatform.aliasCheck: memory need not be checked for aliases.",
      ],
      [
        snp.hostData === null,
        "snp.hostData is not compared: the host may start the image with any configuration.",
      ],
    );
  }
  if (tdx !== undefined) {
    remarks.push(
      [tdx.mrTd.length === 0, "tdx.mrTd is empty: it accepts no TDX guest."],
      [tdx.allow.debug, "tdx.allow.debug: the host can read and change the guest."],
      [tdx.allow.serviceTd, "tdx.allow.serviceTd: another guest may have a hold on this one."],
      [tdx.allow.septVeEnabled, "tdx.allow.septVeEnabled: the host can make the guest take exceptions."],
      [
        tdx.statuses.some((status) => status !== "UpToDate"),
        "tdx.statuses accepts platforms that are not up to date.",
      ],
      [Object.values(tdx.rtmr).some((list) => list === null), "tdx.rtmr: a register is not compared."],
    );
  }
  return remarks.filter(([applies]) => applies).map(([, remark]) => remark);
}
