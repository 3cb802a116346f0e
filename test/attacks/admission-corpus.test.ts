import { admissionErrors, decodeAuthorization } from "@apoc/core";
import { baseFiles, type Changes, now, pulledImage } from "@apoc/core/testing";
import { describe, expect, test } from "vitest";
import { mediaTypes, sha256Digest } from "@apoc/oci";
import { container, outcome } from "./corpus/attack.ts";
import { imageAttacks } from "./corpus/image.ts";
import { licenseAttacks } from "./corpus/license.ts";
import { podAttacks } from "./corpus/pod.ts";
import { requestAttacks } from "./corpus/request.ts";

const attacks = { ...requestAttacks, ...licenseAttacks, ...imageAttacks, ...podAttacks };

describe("an unattacked pod is admitted", () => {
  test("the unchanged pod", async () => expect(await outcome({})).toBe("admitted"));
  test("what the license allows", async () => {
    const changes = container("ledger", {
      args: ["--verbose"],
      env: [{ name: "LEDGER_NAME", secret: "name" }],
    });
    expect(await outcome({ changes })).toBe("admitted");
  });
  test("two mounts side by side", async () => {
    const volumeMounts = ["/data/a", "/data/ab"].map((mountPath) => ({
      name: "data",
      mountPath,
      readOnly: true,
    }));
    expect(await outcome({ changes: container("ledger", { volumeMounts }) })).toBe("admitted");
  });
  test("a channel that was accepted before its offer was revoked", async () =>
    expect(await outcome({ changes: { offersEnd: now - 29 } })).toBe("admitted"));
  test("licensed images of two developers and an own image on one public base layer", async () => {
    const ownImage: Changes["ownImage"] = ({ config, manifest }) => {
      const base = {
        mediaType: mediaTypes.layerTar,
        digest: sha256Digest(baseFiles),
        size: baseFiles.length,
      };
      const diff_ids = [base.digest, ...config.rootfs.diff_ids];
      const layers = [base, ...manifest.layers];
      return pulledImage("pia/web", { ...config, rootfs: { type: "layers", diff_ids } }, { layers });
    };
    expect(await outcome({ changes: { partner: true, ownImage } })).toBe("admitted");
  });
  test("anything that the publisher does to its own container", async () => {
    const changes = container("web", { command: ["/bin/sh"], workingDir: "/", args: ["-c", "true"] });
    expect(await outcome({ changes })).toBe("admitted");
  });
});

describe("each attack is refused with its own code", () => {
  test.each(Object.entries(attacks))("%s", async (_, [code, attack]) => {
    expect(await outcome(attack)).toBe(code);
  });
});

const version = admissionErrors.REQUEST_VERSION.code as string;

test("a request of the version that named a pod by its channel is refused before anything of it is read", () => {
  const former = { action: "deploy", pod: `0x${"01".repeat(32)}`, signature: "0x00" };
  const header = `APOC ${Buffer.from(JSON.stringify(former)).toString("base64url")}`;
  expect(() => decodeAuthorization(header)).toThrowError(expect.objectContaining({ code: version }));
});

test("every reason of the nine checks is in the corpus", () => {
  const reasons = Object.values(admissionErrors).map(({ code }) => code as string);
  const refused = new Set([version, ...Object.values(attacks).map(([code]) => code)]);
  expect(reasons.filter((code) => code > "APOC-6100" && !refused.has(code))).toEqual([]);
});
