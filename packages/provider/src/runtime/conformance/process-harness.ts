import type { AdmittedImage } from "../index.ts";
import type { RuntimeHarness } from "./harness.ts";

/** What an image config says about its program, as far as the suite varies it. */
export interface ShellConfig {
  /** The image's Env, `NAME=value` each. */
  readonly env?: readonly string[];
  readonly user?: string;
  /** Paths declared as VOLUME. */
  readonly volumes?: readonly string[];
  /** The image's Cmd: arguments of the script, the first of them as `$0`. */
  readonly args?: readonly string[];
}

/** A harness over a place that runs real processes. Its images hold a busybox. */
export interface ProcessHarness extends RuntimeHarness {
  /** An image whose entrypoint runs a shell script. */
  shell(script: string, config?: ShellConfig): Promise<AdmittedImage>;
  /** An encrypted image that serves a text at port 8080, with the keys of its layers. */
  encrypted(text: string): Promise<AdmittedImage>;
  /** Whether the place tells what the memory limit ended. */
  readonly reportsOom: boolean;
}
