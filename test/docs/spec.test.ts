import { readFileSync } from "node:fs";
import { parseTrustPolicy } from "@apoc/attestation";
import {
  assertTerms,
  cocoLayerKey,
  decodeAuthorization,
  encodeLicense,
  licenseHash,
  loadPodManifest,
  openGrant,
  parseGrant,
  parseLicense,
  parseTerms,
  podIdOf,
  podUid,
  readLicenseForm,
  requestTypedData,
  sessionMessage,
  validateLicense,
  validatePodManifest,
  verifyGrantSignature,
  verifyKeySignature,
  verifySessionSignature,
} from "@apoc/core";
import { toHex } from "@apoc/encoding";
import { hashTypedData } from "viem";
import { expect, test } from "vitest";

/** The fenced block with this info string of a page of docs/spec. */
function example(page: string, info: string): string {
  const text = readFileSync(new URL(`../../docs/spec/${page}`, import.meta.url), "utf8");
  const match = new RegExp(`\`\`\`${info}\n([\\s\\S]*?)\`\`\``).exec(text);
  if (match === null) throw new Error(`${page} has no block ${info}`);
  return match[1]!.trim();
}

const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const token = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";

test("license.md: the example is a license, with the hash on the page", () => {
  const license = validateLicense(JSON.parse(example("license.md", "json license")));
  expect(parseLicense(encodeLicense(license))).toEqual(license);
  expect(licenseHash(license)).toBe(example("license.md", "text licenseHash"));
});

test("license.md: the form produces the example", async () => {
  const license = validateLicense(JSON.parse(example("license.md", "json license")));
  const developer = license.developer.split(":")[2] as `0x${string}`;
  const form = example("license.md", "yaml license-form");
  expect(
    await readLicenseForm(form, { chainId: 31337, contract, token, developer, decimals: async () => 6 }),
  ).toEqual(license);
});

test("grant.md: the example is signed by its developer, opens with the key on the page, and names the license of license.md", async () => {
  const grant = parseGrant(example("grant.md", "json grant"));
  expect(await verifyGrantSignature(grant, verifyKeySignature)).toBe(true);
  expect(grant.licenseHash).toBe(example("license.md", "text licenseHash"));
  const jwk = JSON.parse(example("grant.md", "json wrapping-key")) as JsonWebKey;
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, false, [
    "deriveBits",
  ]);
  const content = await openGrant(grant, key);
  expect(content.image).toBe(grant.image);
  const evidencePage = example("evidence.md", "yaml example=trust-policy");
  expect(content.policy).toEqual(parseTrustPolicy(evidencePage));
});

test("grant.md: the key of a CoCo recipient", async () => {
  const { d, layer, key } = JSON.parse(example("grant.md", "json coco-layer-key")) as Record<string, string>;
  const imageKey = { kty: "EC", crv: "P-256", x: "", y: "", d: d! } as const;
  expect(toHex(await cocoLayerKey(imageKey, layer as `sha256:${string}`))).toBe(key);
});

test("channel.md: sums and root of the example are right, and its id is the one on the page", () => {
  const terms = parseTerms(JSON.parse(example("channel.md", "json channel")));
  expect(assertTerms(terms, 31337, contract)).toBe(example("channel.md", "text channelId"));
});

test("admission.md: the manifest that people write becomes the normalised one after pinning its image", async () => {
  const normalised = validatePodManifest(JSON.parse(example("admission.md", "json manifest")));
  const { manifest } = await loadPodManifest(example("admission.md", "yaml pod"), {
    defaultName: "pod",
    readFile: () => Promise.reject(new Error("no files")),
  });
  const [container] = manifest.containers;
  expect({ ...manifest, containers: [{ ...container!, image: normalised.containers[0]!.image }] }).toEqual(
    normalised,
  );
});

test("admission.md: the example is signed by the first key of its pod, for the uid and hash of the page", async () => {
  const document = JSON.parse(example("admission.md", "json authorization")) as Record<string, unknown>;
  const header = `APOC ${Buffer.from(JSON.stringify(document)).toString("base64url")}`;
  const authorization = decodeAuthorization(header);
  const { key, salt, podId, signature } = authorization;
  expect(podIdOf(key!, salt!)).toBe(podId);
  expect(podUid(authorization)).toBe(example("admission.md", "text uid"));
  const signed = requestTypedData(authorization, 31337, contract);
  expect(hashTypedData(signed)).toBe(example("admission.md", "text requestHash"));
  expect(await verifySessionSignature(key!, sessionMessage(signed), signature)).toBe(true);
});
