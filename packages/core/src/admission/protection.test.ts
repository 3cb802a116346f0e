import type { ImageConfig } from "@apoc/oci";
import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import type { License } from "../license/license.ts";
import type { PodContainer, PodManifest } from "../manifest/pod-manifest.ts";
import { refusals } from "./testing/verdicts.ts";

/** The pod with a change of the licensed container. */
const ledger = (change: Partial<PodContainer>) => ({
  manifest: (manifest: PodManifest): PodManifest => ({
    ...manifest,
    containers: manifest.containers.map((c) => (c.name === "ledger" ? { ...c, ...change } : c)),
  }),
});
const mount = (mountPath: string) => ledger({ volumeMounts: [{ name: "data", mountPath, readOnly: true }] });

test("another entrypoint, even the same one", async () => {
  const refused = { protection: admissionErrors.PROTECTED_ENTRYPOINT.code };
  expect(await refusals(ledger({ command: ["/bin/cat", "/app/secret"] }))).toEqual(refused);
  expect(await refusals(ledger({ command: ["/bin/ledger"] }))).toEqual(refused);
});

test("arguments where the image has no entrypoint: they would be the program", async () => {
  const config = {
    config: (c: ImageConfig) => ({ ...c, config: { Cmd: ["/bin/ledger"] } }),
  };
  expect(await refusals({ ...config, ...ledger({ args: ["/bin/sh"] }) })).toEqual({
    protection: admissionErrors.PROTECTED_ENTRYPOINT.code,
  });
});

test("arguments that the license does not open", async () => {
  const license = (l: License) => ({
    ...l,
    policy: { ...l.policy, args: false },
  });
  expect(await refusals({ license })).toEqual({ protection: admissionErrors.PROTECTED_ARGS.code });
  expect(await refusals({ license, manifest: ledgerWithoutArgs })).toEqual({});
});

function ledgerWithoutArgs(manifest: PodManifest): PodManifest {
  const containers = manifest.containers.map((container) => {
    const { args: removed, ...rest } = container;
    return removed === undefined ? container : rest;
  });
  return { ...manifest, containers };
}

test("variables that the license does not open, and such as change which code runs whatever it says", async () => {
  const refused = { protection: admissionErrors.PROTECTED_ENV.code };
  expect(await refusals(ledger({ env: [{ name: "DEBUG", value: "1" }] }))).toEqual(refused);
  expect(await refusals(ledger({ env: [{ name: "LD_PRELOAD", value: "/data/x.so" }] }))).toEqual(refused);
  expect(await refusals(ledger({ env: [{ name: "DEBUG", secret: "debug" }] }))).toEqual(refused);
});

test("mounts elsewhere than the license opens, over programs, or over the entrypoint", async () => {
  const refused = { protection: admissionErrors.PROTECTED_MOUNT.code };
  for (const path of ["/srv", "/bin", "/", "/database", "/usr/share/x"]) {
    expect(await refusals(mount(path)), path).toEqual(refused);
  }
  expect(await refusals(mount("/data/books"))).toEqual({});
});

test("another working directory", async () => {
  expect(await refusals(ledger({ workingDir: "/tmp" }))).toEqual({
    protection: admissionErrors.PROTECTED_WORKDIR.code,
  });
});

const executing = (config: NonNullable<ImageConfig["config"]>) => ({
  config: (c: ImageConfig) => ({ ...c, config }),
});

test("an empty first word of the entrypoint is none, so that arguments would be the program", async () => {
  const config = executing({ Entrypoint: [""], Cmd: ["/bin/ledger"] });
  expect(await refusals({ ...config, ...ledger({ args: ["/bin/sh"] }) })).toEqual({
    protection: admissionErrors.PROTECTED_ENTRYPOINT.code,
  });
});

test("a mount below another one: a link in the outer volume would lead it over any path of the image", async () => {
  const mounts = (...paths: string[]) =>
    ledger({ volumeMounts: paths.map((mountPath) => ({ name: "data", mountPath, readOnly: true })) });
  const refused = { protection: admissionErrors.PROTECTED_MOUNT.code };
  expect(await refusals(mounts("/data", "/data/x"))).toEqual(refused);
  expect(await refusals(mounts("/data/x/y", "/data"))).toEqual(refused);
  expect(await refusals(mounts("/data/x", "/data/xy"))).toEqual({});
});

test("mounts where a program is found by its name, its relative path, or on the image's PATH", async () => {
  const refused = { protection: admissionErrors.PROTECTED_MOUNT.code };
  const bare = executing({ Entrypoint: ["ledger"], Env: ["PATH=/bin:/data/tools/"] });
  expect(await refusals({ ...bare, ...mount("/data/tools") })).toEqual(refused);
  expect(await refusals({ ...bare, ...mount("/data/tools/plugins") })).toEqual(refused);
  expect(await refusals({ ...bare, ...mount("/data/books") })).toEqual({});
  const relative = executing({ Entrypoint: ["./tools/ledger"], WorkingDir: "/data/../data/app" });
  expect(await refusals({ ...relative, ...mount("/data/app/tools") })).toEqual(refused);
  const unclean = executing({ Entrypoint: ["/data//tools/./ledger"] });
  expect(await refusals({ ...unclean, ...mount("/data/tools") })).toEqual(refused);
});

test("variables by which libraries load code", async () => {
  const license = (l: License) => ({ ...l, policy: { ...l.policy, env: ["LEDGER_NAME", "OPENSSL_CONF"] } });
  expect(
    await refusals({ license, ...ledger({ env: [{ name: "OPENSSL_CONF", value: "/data/openssl.cnf" }] }) }),
  ).toEqual({ protection: admissionErrors.PROTECTED_ENV.code });
});
