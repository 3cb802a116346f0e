import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * How a vector lies in a file of a package: as hexadecimal text, as the PEM block at an index, as so many first bytes, or
 * as the parts of Intel collateral in the tests of go-tdx-guest.
 */
export type Taking = "hex" | { readonly pem: number } | { readonly first: number } | "go-tdx-collateral";

/** Reads a vector out of a file of a package, or a folder of it. @throws Error where the file has another form */
export function takeFile(path: string, as?: Taking): Uint8Array {
  if (as === "go-tdx-collateral") return goTdxCollateral(path);
  const bytes = readFileSync(path);
  if (as === undefined) return bytes;
  if (as === "hex") return Buffer.from(bytes.toString("latin1").trim(), "hex");
  if ("first" in as) return bytes.subarray(0, as.first);
  const blocks = [...bytes.toString("latin1").matchAll(/-----BEGIN [A-Z ]+-----([^-]*)-----END/g)];
  const block = blocks[as.pem]?.[1];
  if (block === undefined) throw new Error(`${path} has no PEM block ${as.pem}`);
  return Buffer.from(block, "base64");
}

/** Answers of Intel's service as go-tdx-guest records them, in the form of the other collateral. */
function goTdxCollateral(folder: string): Uint8Array {
  const code = readFileSync(join(folder, "test_cases.go"), "utf8");
  const chain = (name: string) => {
    const found = new RegExp(`var ${name} = \\[\\]string\\{\\s*"([^"]*)"`).exec(code)?.[1];
    if (found === undefined) throw new Error(`${folder}/test_cases.go has no ${name}`);
    return decodeURIComponent(found);
  };
  const hex = (name: string) => readFileSync(join(folder, "testdata", name)).toString("hex");
  const signed = (name: string, member: string) => {
    const text = readFileSync(join(folder, "testdata", name), "utf8");
    const found = new RegExp(`^\\{"${member}":(.*),"signature":"([0-9a-f]+)"\\}\\s*$`, "s").exec(text);
    if (found === null) throw new Error(`${folder}/testdata/${name} is not a signed ${member}`);
    return { document: found[1]!, signature: found[2]! };
  };
  const tcbInfo = signed("sample_tcbInfo_response", "tcbInfo");
  const qeIdentity = signed("sample_qeIdentity_response", "enclaveIdentity");
  const collateral = {
    pck_crl_issuer_chain: chain("pckCrlIssuerChain"),
    root_ca_crl: hex("rootcrl.der"),
    pck_crl: hex("pckcrl"),
    tcb_info_issuer_chain: chain("tcbInfoIssuerChain"),
    tcb_info: tcbInfo.document,
    tcb_info_signature: tcbInfo.signature,
    qe_identity_issuer_chain: chain("qeIdentityIssuerChain"),
    qe_identity: qeIdentity.document,
    qe_identity_signature: qeIdentity.signature,
  };
  return Buffer.from(JSON.stringify(collateral, null, 1));
}
