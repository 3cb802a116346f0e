import { readFileSync } from "node:fs";
import { verifySnp } from "@apoc/attestation";
import { readReport } from "../../../packages/attestation/src/snp/report.ts";
import { readVekExtensions } from "../../../packages/attestation/src/snp/vek-extensions.ts";
import {
  authorityOf,
  type Certificate,
  parseCertificate,
} from "../../../packages/attestation/src/x509/certificate.ts";
import { parseRevocationList } from "../../../packages/attestation/src/x509/revocation-list.ts";
import { readCertificateTable } from "../../../packages/provider/src/tee/certificate-table.ts";
import type { Case } from "./cases.ts";
import { snpFlipCases } from "./flip.ts";
import { mutateBytes, mutateDer, mutateSized } from "./fuzz-mutation.ts";
import { attempt, complete, type FuzzTarget, sameBytes } from "./fuzz-target.ts";
import { readSnpCase, type SnpCase, snpCaseReference } from "./snp-case.ts";
import { cases, folder } from "./vectors.ts";

/** Reports, their certificates and revocation lists, and what the host puts beside them. */
export function snpTargets(): FuzzTarget[] {
  const accepted = snpFlipCases(folder, cases);
  const reports = accepted.map((one) => readSnpCase(folder, one).evidence.report);
  const veks = accepted.map((one) => readSnpCase(folder, one).evidence.certificates.vek);
  const listed = cases.find(({ id }) => id === "dev/v3-ok") as Case & SnpCase;
  const verifier = (one: SnpCase, part: "report" | "vek" | "intermediate" | "root" | "crl") => {
    const { evidence } = readSnpCase(folder, one);
    const reference = snpCaseReference(one.policy);
    const bound = Buffer.from(one.policy.reportData, "hex");
    return async (input: Uint8Array, seed: Uint8Array): Promise<boolean | string> => {
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
      return checks.affirming ? sameBytes(input, seed) || "accepted" : complete(checks.results);
    };
  };
  const verifiers = accepted.map((one) => ({ report: verifier(one, "report"), vek: verifier(one, "vek") }));
  const place = (seeds: readonly Uint8Array[], seed: Uint8Array) => verifiers[seeds.indexOf(seed)]!;
  const [genoa] = accepted;
  const { certificates } = readSnpCase(folder, genoa!).evidence;
  const [intermediate, root, crl] = [
    verifier(genoa!, "intermediate"),
    verifier(genoa!, "root"),
    verifier(listed, "crl"),
  ];
  return [
    {
      name: "SNP report",
      seeds: reports,
      mutate: mutateSized,
      read: (input, seed) => readReport(input) !== undefined && place(reports, seed).report(input, seed),
    },
    {
      name: "VEK certificate",
      seeds: veks,
      mutate: mutateDer,
      read: (input, seed) => {
        authorityOf(parseCertificate(input));
        return place(veks, seed).vek(input, seed);
      },
    },
    {
      name: "intermediate certificate",
      seeds: [certificates.intermediate],
      mutate: mutateDer,
      read: (input, seed) => {
        authorityOf(parseCertificate(input));
        return intermediate(input, seed);
      },
    },
    {
      name: "root certificate",
      seeds: [certificates.root],
      mutate: mutateDer,
      read: (input, seed) => {
        authorityOf(parseCertificate(input));
        return root(input, seed);
      },
    },
    {
      name: "SNP revocation list",
      seeds: [readSnpCase(folder, listed).evidence.crl!],
      mutate: mutateDer,
      read: (input, seed) => {
        parseRevocationList(input);
        return crl(input, seed);
      },
    },
    {
      name: "VEK extensions",
      seeds: extensionSeeds(veks.map(parseCertificate)),
      mutate: mutateDer,
      read: (input) => {
        const certificate = withExtensions(parseCertificate(veks[0]!), input);
        for (const product of ["Genoa", "Turin"] as const)
          for (const kind of ["vcek", "vlek"] as const)
            attempt(() => readVekExtensions(certificate, product, kind));
        return true;
      },
    },
    {
      name: "certificate table",
      seeds: [readFileSync(`${folder}snp/_extra/auxblob-turin.bin`)],
      mutate: mutateBytes,
      read: (input) => {
        const found = Object.values(readCertificateTable(input));
        return (
          found.every((bytes) => bytes.length > 0 && bytes.length <= input.length) || "bytes from elsewhere"
        );
      },
    },
  ];
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
