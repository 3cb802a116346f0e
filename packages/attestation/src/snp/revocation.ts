import { equalBytes } from "@apoc/encoding";
import { type Checklist, demand } from "../checklist.ts";
import { isPssSha384, verifyPss } from "../x509/pss.ts";
import { parseRevocationList, type RevocationList } from "../x509/revocation-list.ts";
import type { VerifiedChain } from "./chain.ts";
import type { RevocationSnapshot } from "./reference-values.ts";
import { toTime } from "../time.ts";

/** Codes of these checks, in order. */
const codes = [
  "CRL_MISSING",
  "CRL_PARSE",
  "CRL_ISSUER",
  "CRL_SIGNATURE",
  "CRL_STALE",
  "INTERMEDIATE_REVOKED",
] as const;

/**
 * The checks CRL_MISSING to INTERMEDIATE_REVOKED. The list is the root's and speaks of the certificates that the root
 * issued; all endorsement keys have serial 0, so a list that names serial 0 must not be applied to them.
 * Returns the moment from which the list no longer counts.
 */
export async function checkRevocation(
  checks: Checklist,
  crl: Uint8Array | undefined,
  chain: VerifiedChain | undefined,
  required: boolean,
  at: Date,
  snapshot?: RevocationSnapshot,
): Promise<Date | undefined> {
  if (!required) {
    for (const code of codes) checks.notRequired(code);
    return undefined;
  }
  await checks.check("CRL_MISSING", () => demand(crl !== undefined, "a revocation list of the root", "none"));
  let list: RevocationList | undefined;
  await checks.check(
    "CRL_PARSE",
    crl &&
      (() => {
        list = parseRevocationList(crl);
        return undefined;
      }),
  );
  const parsed = list;
  const ready = parsed && chain ? { parsed, chain } : undefined;
  await checks.check(
    "CRL_ISSUER",
    ready &&
      (() =>
        demand(
          equalBytes(ready.parsed.issuer.raw, ready.chain.root.subject.raw),
          `issued by CN=${ready.chain.root.subject.commonName}`,
          `issued by CN=${ready.parsed.issuer.commonName}`,
        )),
  );
  await checks.check(
    "CRL_SIGNATURE",
    ready &&
      (async () => {
        const { algorithm, algorithmsAgree, signature, signed } = ready.parsed;
        const holds =
          algorithmsAgree &&
          isPssSha384(algorithm) &&
          (await verifyPss(ready.chain.rootKey, signature, signed));
        return demand(holds, "an RSASSA-PSS signature of the root", "a signature that does not hold");
      }),
  );
  await checks.check(
    "CRL_STALE",
    parsed &&
      (() => {
        const { thisUpdate, nextUpdate } = parsed;
        if (snapshot !== undefined && !(snapshot.takenAt <= at && at <= snapshot.until)) {
          const { takenAt, until } = snapshot;
          return { expected: `${toTime(takenAt)} to ${toTime(until)}, by the policy`, actual: toTime(at) };
        }
        const judged = snapshot?.takenAt ?? at;
        return demand(
          thisUpdate <= judged && judged <= nextUpdate,
          `valid at ${toTime(judged)}`,
          `${toTime(thisUpdate)} to ${toTime(nextUpdate)}`,
        );
      }),
  );
  await checks.check(
    "INTERMEDIATE_REVOKED",
    ready &&
      (() => {
        const revoked = [ready.chain.intermediate, ready.chain.root].find(({ serial }) =>
          ready.parsed.revoked.has(serial),
        );
        return demand(revoked === undefined, "a serial that is not on the list", `serial ${revoked?.serial}`);
      }),
  );
  return snapshot?.until ?? parsed?.nextUpdate;
}
