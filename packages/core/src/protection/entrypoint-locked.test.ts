import type { ImageConfig } from "@apoc/oci";
import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import type { PodContainer } from "../manifest/pod-manifest.ts";
import { assertEntrypointLocked } from "./entrypoint-locked.ts";

/** The code of the refusal; undefined when the container may run. */
function refusal(
  container: Pick<PodContainer, "command" | "args">,
  config: NonNullable<ImageConfig["config"]>,
  open = true,
): unknown {
  const image: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [] },
  };
  try {
    assertEntrypointLocked({ name: "ledger", ...container }, { args: open }, image);
    return undefined;
  } catch (error) {
    return (error as { code: unknown }).code;
  }
}

const locked = admissionErrors.PROTECTED_ENTRYPOINT.code;
const program = { Entrypoint: ["/bin/ledger"], Cmd: ["--serve"] };

test("a container without command and arguments runs", () => {
  for (const config of [program, { Cmd: ["/bin/ledger"] }, {}])
    expect(refusal({}, config, false)).toBeUndefined();
});

test("no command is taken, not even the image's own", () => {
  expect(refusal({ command: ["/bin/cat", "/app/secret"] }, program)).toBe(locked);
  expect(refusal({ command: ["/bin/ledger"] }, program)).toBe(locked);
  expect(refusal({ command: [] }, program)).toBe(locked);
});

test("arguments are the publisher's where the license opens them", () => {
  expect(refusal({ args: ["--port", "9000"] }, program)).toBeUndefined();
  expect(refusal({ args: ["--port", "9000"] }, program, false)).toBe(admissionErrors.PROTECTED_ARGS.code);
  expect(refusal({ args: [] }, program, false)).toBe(admissionErrors.PROTECTED_ARGS.code);
});

test("without an entrypoint the first argument would be the program", () => {
  for (const config of [{ Cmd: ["/bin/ledger"] }, { Entrypoint: [] }, { Entrypoint: [""] }, {}]) {
    expect(refusal({ args: ["/bin/sh"] }, config)).toBe(locked);
  }
});
