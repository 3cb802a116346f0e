import { equalBytes } from "@apoc/encoding";
import { type Checklist, demand, type Outcome } from "../checklist.ts";
import type { VerificationKey } from "../signature/verification-key.ts";
import { authorityOf, type Certificate } from "../x509/certificate.ts";
import { parseRevocationList, type RevocationList } from "../x509/revocation-list.ts";
import { type ChainVerdict, isSignedBy } from "./chain.ts";
import type { TdxCollateral } from "./collateral.ts";
import { checkWindow, type Moment } from "./window.ts";

/** Lists that could be read. */
export interface RevocationLists {
  readonly root: RevocationList | undefined;
  readonly pck: RevocationList | undefined;
}

/**
 * The checks ROOT_CRL_STALE to TCB_SIGNER_REVOKED, for the three subjects that can be revoked: the PCK's authority and
 * the signers of TCB information by the root, the PCK by its authority.
 *
 * @param signers of TCB info and enclave identity, as far as they could be read
 */
export async function checkRevocation(
  checks: Checklist,
  collateral: TdxCollateral | undefined,
  { chain, keys }: ChainVerdict,
  signers: readonly Certificate[] | undefined,
  moment: Moment,
): Promise<RevocationLists> {
  const faults: string[] = [];
  const parse = (name: string, bytes: Uint8Array | undefined) => {
    try {
      return bytes && parseRevocationList(bytes);
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : "not readable"}`);
      return undefined;
    }
  };
  const root = parse("of the root", collateral?.rootCrl);
  const pck = parse("of the PCK authority", collateral?.pckCrl);
  await checks.check("ROOT_CRL_STALE", root && (() => checkWindow(root.thisUpdate, root.nextUpdate, moment)));
  await checks.check("PCK_CRL_STALE", pck && (() => checkWindow(pck.thisUpdate, pck.nextUpdate, moment)));
  await checks.check(
    "ROOT_CRL_INVALID",
    root && chain && keys && (() => checkList(root, chain.root, keys.root)),
  );
  await checks.check(
    "PCK_CRL_INVALID",
    pck && chain && keys && (() => checkList(pck, chain.authority, keys.authority)),
  );
  await checks.check(
    "CRL_PARSE",
    collateral && (() => demand(faults.length === 0, "two revocation lists", faults.join("; "))),
  );
  await checks.check(
    "PCK_CA_REVOKED",
    root && chain && (() => checkSerials(root, [chain.authority, chain.root])),
  );
  await checks.check("PCK_REVOKED", pck && chain && (() => checkSerials(pck, [chain.pck])));
  await checks.check("TCB_SIGNER_REVOKED", root && signers && (() => checkSerials(root, signers)));
  return { root, pck };
}

async function checkList(list: RevocationList, issuer: Certificate, key: VerificationKey): Promise<Outcome> {
  const name = issuer.subject.commonName;
  if (!equalBytes(list.issuer.raw, issuer.subject.raw))
    return { expected: `issued by CN=${name}`, actual: `issued by CN=${list.issuer.commonName}` };
  if (!authorityOf(issuer).mayRevoke)
    return { expected: "an issuer that may sign revocation lists", actual: `CN=${name}` };
  const holds = await isSignedBy(list, key);
  return demand(holds, `a signature of CN=${name}`, "a signature that does not hold");
}

function checkSerials(list: RevocationList, certificates: readonly Certificate[]): Outcome {
  const revoked = certificates.find(({ serial }) => list.revoked.has(serial));
  return demand(revoked === undefined, "a serial that is not on the list", `serial ${revoked?.serial}`);
}
