import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { evidenceDocument } from "@apoc/attestation";
import { buildImage } from "@apoc/devnet/images";
import { createDevelopmentRoot, createDevelopmentTee, developmentTrustPolicy } from "@apoc/devnet/tee";
import { answerNonce, createProviderKeys } from "@apoc/provider/testing";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Files that the examples of a package's README read, by name. */
export async function sampleFiles(folder: string): Promise<Files> {
  const password = { password: "a long password\n" };
  if (folder === "attestation") return { ...password, ...(await evidence()) };
  if (folder === "developer") return { ...password, ...(await image()) };
  if (folder === "ocicrypt-js") return { ...password, "layer.tar.gz": gzipSync(Buffer.alloc(10_240)) };
  return password;
}

/** Evidence of a development TEE for a nonce, and the policy that accepts it. */
async function evidence(): Promise<Files> {
  const root = await createDevelopmentRoot({});
  const tee = createDevelopmentTee({ root });
  const attester = {
    development: true,
    report: async (reportData: Uint8Array) => ({
      kind: "sev-snp" as const,
      report: tee.report(reportData),
      certificates: tee.certificates,
    }),
    deriveKey: async () => Uint8Array.from(randomBytes(32)),
  };
  const binding = {
    configurationDigest: new Uint8Array(32),
    chainId: 31337,
    provider: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  } as const;
  const keys = await createProviderKeys(attester, binding);
  const nonce = Uint8Array.from(randomBytes(32));
  const answer = await answerNonce(attester, { ...binding, keys, tlsKey: new Uint8Array() }, nonce);
  return {
    "evidence.json": JSON.stringify(evidenceDocument(answer)),
    "trust.yaml": developmentTrustPolicy(root),
    nonce,
  };
}

/** A small image as the OCI layout `app`. */
async function image(): Promise<Files> {
  const dir = mkdtempSync(join(tmpdir(), "apoc-readme-"));
  try {
    const files = [{ path: "/bin/app", content: "program", mode: 0o755 }];
    await buildImage({ files, config: { entrypoint: ["/bin/app"] } }, dir);
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const paths = entries.map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(paths.map((path) => [join("app", relative(dir, path)), readFileSync(path)]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}
