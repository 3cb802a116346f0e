import { expect, test } from "vitest";
import { ociErrors } from "../errors.ts";
import { openReference } from "../open-reference.ts";
import { formatIpfsReference, parseIpfsReference } from "./ipfs-reference.ts";

const cid = "bafybeie4q42ecakho5p36c6xz74z6ail62zqhxnixr3etffz4v4df5iulm";
const raw = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
const digest = `sha256:${"ab".repeat(32)}` as const;

test.each([
  [`ipfs://${cid}`, { path: [] }],
  [`ipfs://${cid}:1.0`, { path: [], tag: "1.0" }],
  [`ipfs://${cid}@${digest}`, { path: [], digest }],
  [`ipfs://${cid}:1.0@${digest}`, { path: [], tag: "1.0", digest }],
  [`ipfs://${cid}/images/app`, { path: ["images", "app"] }],
  [`ipfs://${cid}/images/app:v2@${digest}`, { path: ["images", "app"], tag: "v2", digest }],
])("%s is read, and written the same", (text, expected) => {
  const { cid: read, ...rest } = parseIpfsReference(text);
  expect(read.toString()).toBe(cid);
  expect(rest).toEqual(expected);
  expect(formatIpfsReference(parseIpfsReference(text))).toBe(text);
});

test.each([
  ["ipfs://", "CID_INVALID"],
  [`IPFS://${cid}`, "REFERENCE_INVALID"],
  [`ipfs:/${cid}`, "REFERENCE_INVALID"],
  [`ipfs://${cid.toUpperCase()}`, "CID_INVALID"],
  [`ipfs://${raw}`, "REFERENCE_INVALID"],
  [`ipfs://${cid}/`, "REFERENCE_INVALID"],
  [`ipfs://${cid}//a`, "REFERENCE_INVALID"],
  [`ipfs://${cid}/..`, "REFERENCE_INVALID"],
  [`ipfs://${cid}/./a`, "REFERENCE_INVALID"],
  [`ipfs://${cid}/a%2fb`, "REFERENCE_INVALID"],
  [`ipfs://${cid}/a?format=raw`, "REFERENCE_INVALID"],
  [`ipfs://${cid}:`, "REFERENCE_INVALID"],
  [`ipfs://${cid}:a:b`, "REFERENCE_INVALID"],
  [`ipfs://${cid}:1/a`, "CID_INVALID"],
  [`ipfs://${cid}@sha256:12`, "DIGEST_INVALID"],
  [`ipfs://${cid}@${digest}@${digest}`, "DIGEST_INVALID"],
  [`ipfs://${cid}${"/a".repeat(600)}`, "REFERENCE_INVALID"],
] as const)("refused: %s", (text, name) => {
  expect(() => parseIpfsReference(text)).toThrowError(
    expect.objectContaining({ code: ociErrors[name].code }),
  );
});

test("references of registries and of IPFS are opened alike", async () => {
  const inIpfs = openReference(`ipfs://${cid}/app:1`);
  expect(inIpfs).toMatchObject({ transport: "ipfs", repository: `ipfs://${cid}/app`, label: "app:1" });
  expect(inIpfs.pinned(digest)).toBe(`ipfs://${cid}/app@${digest}`);
  const inRegistry = openReference("docker://registry.example/acme/app:1");
  expect(inRegistry).toMatchObject({ transport: "docker", repository: "registry.example/acme/app" });
  expect(inRegistry.label).toBe("acme/app:1");
  expect(inRegistry.pinned(digest)).toBe(`registry.example/acme/app@${digest}`);
  // Nobody is asked who was not named.
  await expect(inIpfs.resolve()).rejects.toMatchObject({ code: ociErrors.GATEWAY_MISSING.code });
});
