import { readFileSync } from "node:fs";
import { readReport, verifySnp } from "@apoc/attestation";
import {
  authorityOf,
  type Certificate,
  parseCertificate,
  parseRevocationList,
  readVekExtensions,
} from "@apoc/attestation/testing";
import { readCertificateTable } from "@apoc/provider/testing";
import type { Case } from "./cases.ts";
import { snpFlipCases } from "./flip.ts";
import { mutateDer } from "./fuzz-der.ts";
import { mutateBytes, mutateSized } from "./fuzz-mutation.ts";
import { attempt, faultOf, type FuzzTarget } from "./fuzz-target.ts";
import { readSnpCase, type SnpCase, snpCaseReference } from "./snp-case.ts";
import { cases, folder, has, leaveOut } from "./vectors.ts";

/** Reports, their certificates and revocation lists, and what the host puts beside them. */
export function snpTargets(): FuzzTarget[] {
  const accepted = snpFlipCases(folder, cases);
  const [first] = accepted;
  if (first === undefined) {
    leaveOut("changed SEV-SNP evidence", ["snp/milan-v2"]);
    return [];
  }
  const reports = accepted.map((one) => readSnpCase(folder, one).evidence.report);
  const veks = accepted.map((one) => readSnpCase(folder, one).evidence.certificates.vek);
  const verifier = (one: SnpCase, part: "report" | "vek" | "intermediate" | "root" | "crl") => {
    const { evidence } = readSnpCase(folder, one);
    const reference = snpCaseReference(one.policy);
    const bound = Buffer.from(one.policy.reportData, "hex");
    return async (input: Uint8Array): Promise<string | undefined> => {
      const certificates = {
        ...evidence.certificates,
        ...(part !== "report" && part !== "crl" && { [part]: input }),
      };
      const changed = {
        ...evidence,
        certificates,
        ...((part === "report" || part === "crl") && { [part]: input }),
      };
      const { checks } = await verifySnp(changed, reference, bound, new Date(one.at));
      return faultOf(checks);
    };
  };
  const verifiers = accepted.map((one) => ({ report: verifier(one, "report"), vek: verifier(one, "vek") }));
  const place = (seeds: readonly Uint8Array[], seed: Uint8Array) => verifiers[seeds.indexOf(seed)]!;
  const { certificates } = readSnpCase(folder, first).evidence;
  const [intermediate, root] = [verifier(first, "intermediate"), verifier(first, "root")];
  return [
    {
      name: "SNP report",
      seeds: reports,
      mutate: mutateSized,
      parse: (input) => readReport(input) ?? false,
      judge: (input, seed) => place(reports, seed).report(input),
    },
    {
      name: "VEK certificate",
      seeds: veks,
      mutate: mutateDer,
      parse: parseAuthority,
      judge: (input, seed) => place(veks, seed).vek(input),
    },
    {
      name: "intermediate certificate",
      seeds: [certificates.intermediate],
      mutate: mutateDer,
      parse: parseAuthority,
      judge: intermediate,
    },
    {
      name: "root certificate",
      seeds: [certificates.root],
      mutate: mutateDer,
      parse: parseAuthority,
      judge: root,
    },
    ...revocationListTarget(verifier),
    {
      name: "VEK extensions",
      seeds: extensionSeeds(veks.map(parseCertificate)),
      mutate: mutateDer,
      parse: (input) => {
        const certificate = withExtensions(parseCertificate(veks[0]!), input);
        const read = (["Milan", "Genoa", "Turin"] as const).flatMap((product) =>
          (["vcek", "vlek"] as const).map((kind) =>
            attempt(() => readVekExtensions(certificate, product, kind)),
          ),
        );
        return read.some((extensions) => extensions !== undefined);
      },
    },
    ...certificateTableTarget(),
  ];
}

function revocationListTarget(
  verifier: (one: SnpCase, part: "crl") => (input: Uint8Array) => Promise<string | undefined>,
): FuzzTarget[] {
  const listed = cases.find((one): one is Case & SnpCase => one.id === "dev/v3-ok" && "report" in one);
  if (listed === undefined) {
    leaveOut("changed SNP revocation lists", ["snp-dev"]);
    return [];
  }
  return [
    {
      name: "SNP revocation list",
      seeds: [readSnpCase(folder, listed).evidence.crl!],
      mutate: mutateDer,
      parse: parseRevocationList,
      judge: verifier(listed, "crl"),
    },
  ];
}

function certificateTableTarget(): FuzzTarget[] {
  const file = "snp/_extra/auxblob-turin.bin";
  if (!has(file)) {
    leaveOut("changed certificate tables", [file]);
    return [];
  }
  return [
    {
      name: "certificate table",
      seeds: [readFileSync(folder + file)],
      mutate: mutateBytes,
      parse: readCertificateTable,
      judge: (input) => {
        const found = Object.values(readCertificateTable(input));
        const inside = found.every((bytes) => bytes.length > 0 && bytes.length <= input.length);
        return inside ? undefined : "bytes from elsewhere";
      },
    },
  ];
}

function parseAuthority(input: Uint8Array): unknown {
  return authorityOf(parseCertificate(input));
}

/** Extensions of certificates, one after the other: value length as two bytes, value. In the order of their names. */
function extensionSeeds(certificates: readonly Certificate[]): Uint8Array[] {
  return certificates.map(({ extensions }) => {
    const list = [...extensions].sort(([a], [b]) => (a < b ? -1 : 1));
    return Buffer.concat(
      list.map(([, { value }]) =>
        Buffer.concat([Buffer.from([4, 0x82, value.length >> 8, value.length]), value]),
      ),
    );
  });
}

function withExtensions(certificate: Certificate, bytes: Uint8Array): Certificate {
  const oids = [...certificate.extensions.keys()].sort();
  const extensions = new Map<string, { critical: boolean; value: Uint8Array<ArrayBuffer> }>();
  let at = 0;
  for (const oid of oids) {
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    extensions.set(oid, { critical: false, value: Uint8Array.from(bytes.subarray(at + 4, at + 4 + length)) });
    at += 4 + length;
  }
  return { ...certificate, extensions };
}
