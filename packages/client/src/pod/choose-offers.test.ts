import { hourlyRate, type License, type Offer, type PodManifest } from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { expect, test } from "vitest";
import type { PinnedImage, PinnedPod } from "./pinned-pod.ts";
import { chooseOffers, type OfferChoice } from "./choose-offers.ts";

const here = {
  chain: "eip155:31337",
  contract: "0x0000000000000000000000000000000000000031",
  token: "0x0000000000000000000000000000000000000041",
} as const;
const free = { oneTime: 0n, perSecond: 0n, executionShare: 0, meteredCap: 0n };
const once: Offer = { ...here, ...free, oneTime: 1_000_000n };
const hourly: Offer = { ...here, ...free, perSecond: hourlyRate(100_000n) };
const elsewhere: Offer = { ...here, ...free, chain: "eip155:1" };
const choice: OfferChoice = { ...here, wanted: [], rate: hourlyRate(50_000n), seconds: 3600n };

function pod(...offers: Offer[]): PinnedPod {
  const digest: Digest = `sha256:${"9f".repeat(32)}`;
  const license: License = {
    version: 1,
    developer: "eip155:31337:0x0000000000000000000000000000000000000071",
    offers,
    policy: { args: false, env: [], mounts: [] },
  };
  const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers" as const, diff_ids: [] } };
  const licensed: PinnedImage = {
    named: "r.example/a:1",
    reference: `r.example/a@${digest}`,
    label: "a:1",
    digest,
    config,
    license,
  };
  const own: PinnedImage = {
    named: "r.example/own",
    reference: `r.example/own@sha256:${"00".repeat(32)}`,
    label: "own",
    digest: `sha256:${"00".repeat(32)}`,
    config,
  };
  const container = (name: string, image: string) => ({
    name,
    image,
    env: [],
    ports: [],
    volumeMounts: [],
    resources: { cpuMillis: 100, memoryBytes: 1 << 27 },
  });
  const manifest: PodManifest = {
    version: 1,
    name: "p",
    containers: [
      container("own", own.reference),
      container("one", licensed.reference),
      container("two", licensed.reference),
    ],
    volumes: [],
  };
  return {
    manifest,
    images: new Map([
      [own.reference, own],
      [licensed.reference, licensed],
    ]),
  };
}

test("the cheapest offer over the paid time is taken, once for all containers of the image", () => {
  const [short, ...none] = chooseOffers(pod(once, hourly), choice);
  expect(none).toEqual([]);
  expect(short).toMatchObject({ offer: hourly, containers: ["one", "two"] });
  expect(short?.payee).toMatchObject({ imageDigest: `0x${"9f".repeat(32)}`, rate: hourly.perSecond });
  const [long] = chooseOffers(pod(once, hourly), { ...choice, seconds: 360_000n });
  expect(long?.offer).toEqual(once);
});

test("the wanted offer is taken, by container or image", () => {
  for (const name of ["two", "r.example/a:1"]) {
    expect(chooseOffers(pod(once, hourly), { ...choice, wanted: [{ name, index: 0 }] })[0]?.offer).toEqual(
      once,
    );
  }
});

test.each([
  ["own", 0],
  ["nobody", 0],
  ["one", 2],
  ["one", Number.NaN],
])("offer %j %d is refused", (name, index) => {
  expect(() => chooseOffers(pod(once, hourly), { ...choice, wanted: [{ name, index }] })).toThrowError(
    expect.objectContaining({ code: "APOC-9202" }),
  );
});

test("an image without an offer for this chain, contract and token cannot be paid for", () => {
  expect(() => chooseOffers(pod(elsewhere), choice)).toThrowError(
    expect.objectContaining({ code: "APOC-5207" }),
  );
  expect(() =>
    chooseOffers(pod(once, elsewhere), { ...choice, wanted: [{ name: "one", index: 1 }] }),
  ).toThrowError(expect.objectContaining({ code: "APOC-5207" }));
});
