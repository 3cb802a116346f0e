import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isApocError } from "@apoc/errors";
import { expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../../errors.ts";
import { pauseExecutable, pauseImage } from "./pause-image.ts";

const architecture = process.arch === "arm64" ? "arm64" : "amd64";

test.runIf(process.platform === "linux").each(["SIGTERM", "SIGINT"] as const)(
  "the program waits and exits 0 on %s",
  async (signal) => {
    const directory = await mkdtemp(join(tmpdir(), "apoc-pause-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, "pause");
    await writeFile(path, pauseExecutable(architecture));
    await chmod(path, 0o755);
    const child = spawn(path, [], { stdio: "ignore" });
    await once(child, "spawn");
    // A signal sent before the program blocks it would kill it: then the exit code is null.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(child.exitCode).toBe(null);
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
  },
);

test("both executables have their code end where the file ends", () => {
  for (const [name, machine] of [
    ["amd64", 62],
    ["arm64", 183],
  ] as const) {
    const elf = Buffer.from(pauseExecutable(name));
    expect(elf.readUInt16LE(18)).toBe(machine);
    expect(Number(elf.readBigUInt64LE(96))).toBe(elf.length);
    expect(elf.subarray(-8)).toEqual(Buffer.from([0x02, 0x40, 0, 0, 0, 0, 0, 0]));
  }
});

test("the image is the same every time, whatever the processor is called", async () => {
  const [one, two] = await Promise.all([pauseImage("amd64"), pauseImage("x86_64")]);
  expect(two.config).toEqual(one.config);
  expect(one.parsedConfig.rootfs.diff_ids).toEqual([one.layers[0]?.descriptor.digest]);
  const error = await pauseImage("riscv64").catch((caught: unknown) => caught);
  expect(isApocError(error, providerErrors.POD_INVALID)).toBe(true);
});
