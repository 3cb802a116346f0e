import type { AdmittedImage } from "../index.ts";
import type { RuntimeHarness } from "./harness.ts";

/** The parts of an image config that the suite varies. */
export interface ShellConfig {
  /** The image's Env, `NAME=value` each. */
  readonly env?: readonly string[];
  readonly user?: string;
  /** Paths declared as VOLUME. */
  readonly volumes?: readonly string[];
  /** The image's Cmd: arguments of the script, the first of them as `$0`. */
  readonly args?: readonly string[];
}

/** A harness for a runtime that runs real processes. Its images contain a busybox. */
export interface ProcessHarness extends RuntimeHarness {
  /** An image whose entrypoint runs a shell script. */
  shell(script: string, config?: ShellConfig): Promise<AdmittedImage>;
  /** An encrypted image that serves a text at port 8080, with the keys of its layers. */
  encrypted(text: string): Promise<AdmittedImage>;
  /** Whether the runtime reports that the memory limit ended a program. */
  readonly reportsOom: boolean;
}
