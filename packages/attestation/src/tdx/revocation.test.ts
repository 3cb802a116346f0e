import { expect, test } from "vitest";
import { der } from "@apoc/encoding";
import {
  authorityExtensions,
  makeAuthority,
  makePck,
  now,
  pckList,
  platformKeys,
  revocationList,
  root,
  rootSha256,
  seconds,
  week,
} from "../testing/tdx-platform.ts";
import { good, makeQuote } from "../testing/tdx-quote.ts";
import { codeOf, type CodeCase, chain, reference, stranger, verify } from "../testing/tdx-verification.ts";
import { verifyTdx } from "./verify.ts";
import { extension } from "../testing/x509-writer.ts";

test("collateral is required of roots that do not do without", async () => {
  const evidence = { quote: makeQuote() };
  const { checks } = await verifyTdx(evidence, reference, good.reportData, now);
  expect(checks.firstFailure?.name).toBe("TDX_COLLATERAL");
  const roots = [{ sha256: rootSha256, development: true, collateral: "none" }] as const;
  const without = await verifyTdx(evidence, { ...reference, roots }, good.reportData, now);
  expect(codeOf(without)).toBe("ACCEPT");
  expect(without.tcb).toBeUndefined();
});

test("a date that is none is in no window", async () => {
  const at = new Date(Number.NaN);
  const roots = [{ sha256: rootSha256, development: true, collateral: "none" }] as const;
  expect(codeOf(await verify({ at, reference: { roots } }))).toBe("PCK_EXPIRED");
  const snapshot = { takenAt: now, until: seconds(week) };
  const { checks } = await verify({ at, reference: { snapshot } });
  const failed = checks.results.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
  expect(failed).toEqual([
    "PCK_EXPIRED",
    "ROOT_CRL_STALE",
    "PCK_CRL_STALE",
    "TCB_SIGNER_CHAIN",
    "TCB_INFO_STALE",
    "QE_IDENTITY_STALE",
  ]);
});

const critical = [extension("2.5.29.28", true, der.sequence())];
test.each<CodeCase>([
  [
    "the root's list has ended",
    "ROOT_CRL_STALE",
    { collateral: { rootCrl: revocationList({ until: seconds(-1) }) } },
  ],
  [
    "the root's list in its last second",
    "ACCEPT",
    { collateral: { rootCrl: revocationList({ until: now }) } },
  ],
  [
    "the root's list is of tomorrow",
    "ROOT_CRL_STALE",
    { collateral: { rootCrl: revocationList({ from: seconds(1) }) } },
  ],
  ["the PCK list has ended", "PCK_CRL_STALE", { collateral: { pckCrl: pckList({ until: seconds(-1) }) } }],
  [
    "a stale list beside one that is garbage",
    "ROOT_CRL_STALE",
    { collateral: { rootCrl: revocationList({ until: seconds(-1) }), pckCrl: new Uint8Array(4) } },
  ],
  [
    "the root's list by another issuer",
    "ROOT_CRL_INVALID",
    { collateral: { rootCrl: revocationList({ issuer: "Root CA" }) } },
  ],
  [
    "the root's list signed by somebody",
    "ROOT_CRL_INVALID",
    { collateral: { rootCrl: revocationList({ signedBy: stranger }) } },
  ],
  [
    "a list with another algorithm outside",
    "ROOT_CRL_INVALID",
    {
      collateral: {
        rootCrl: revocationList({ outerAlgorithm: der.sequence(der.oid("1.2.840.10045.4.3.3")) }),
      },
    },
  ],
  ["lists swapped", "ROOT_CRL_INVALID", { collateral: { rootCrl: pckList(), pckCrl: revocationList() } }],
  [
    "the PCK list signed by the root",
    "PCK_CRL_INVALID",
    { collateral: { pckCrl: pckList({ signedBy: platformKeys.root }) } },
  ],
  [
    "an authority that may not revoke",
    "PCK_CRL_INVALID",
    { quote: chain(makePck(), makeAuthority({ extensions: authorityExtensions(0, true, 0x04) })) },
  ],
  ["a list that is empty", "CRL_PARSE", { collateral: { pckCrl: new Uint8Array() } }],
  ["a list without end", "CRL_PARSE", { collateral: { rootCrl: revocationList({ until: undefined }) } }],
  ["a partial list", "CRL_PARSE", { collateral: { rootCrl: revocationList({ extensions: critical }) } }],
  ["a byte after a list", "CRL_PARSE", { collateral: { rootCrl: Uint8Array.of(...revocationList(), 0) } }],
  [
    "the authority is revoked",
    "PCK_CA_REVOKED",
    { collateral: { rootCrl: revocationList({ revoked: [7, 2] }) } },
  ],
  ["the root is revoked", "PCK_CA_REVOKED", { collateral: { rootCrl: revocationList({ revoked: [1] }) } }],
  ["the PCK is revoked", "PCK_REVOKED", { collateral: { pckCrl: pckList({ revoked: [4] }) } }],
  [
    "the signer is revoked",
    "TCB_SIGNER_REVOKED",
    { collateral: { rootCrl: revocationList({ revoked: [3] }) } },
  ],
  [
    "others are revoked",
    "ACCEPT",
    {
      collateral: { rootCrl: revocationList({ revoked: [4, 300] }), pckCrl: pckList({ revoked: [1, 2, 3] }) },
    },
  ],
])("%s: %s", async (_name, code, changes) => {
  expect(codeOf(await verify(changes))).toBe(code);
});

test("a snapshot judges collateral at the moment it was taken, until its end", async () => {
  const snapshot = { takenAt: now, until: seconds(3 * week) };
  const quote = chain(
    makePck({ until: seconds(9 * week) }),
    makeAuthority({ until: seconds(9 * week) }),
    root,
  );
  const fresh = { quote, reference: { snapshot } };
  const { expiresAt, ...verdict } = await verify(fresh);
  expect(codeOf({ expiresAt, ...verdict })).toBe("ACCEPT");
  // The root of the platform ends first here.
  expect(expiresAt).toEqual(seconds(week));
  expect(codeOf(await verify({ ...fresh, at: seconds(week) }))).toBe("ACCEPT");
  expect(codeOf(await verify({ ...fresh, at: seconds(-1) }))).toBe("ROOT_CRL_STALE");
  const over = { takenAt: now, until: seconds(5) };
  expect(codeOf(await verify({ quote, reference: { snapshot: over }, at: seconds(6) }))).toBe(
    "ROOT_CRL_STALE",
  );
});
