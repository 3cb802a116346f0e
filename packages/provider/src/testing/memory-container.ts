import type { Clock } from "../clock.ts";
import type { Program } from "../runtime/conformance/program.ts";
import type { ContainerPhase, LogLine, ObservedContainer } from "../runtime/index.ts";

/** A file system of paths and texts, part of which other containers may share. */
export interface MemoryFiles {
  read(path: string): string | undefined;
  /** `false` where the path cannot be written to. */
  append(path: string, text: string): boolean;
}

/** A container whose program is a list of steps, and whose state is a few members. */
export class MemoryContainer {
  readonly #clock: Clock;
  readonly #program: Program;
  readonly #files: MemoryFiles;
  readonly name: string;
  readonly lines: LogLine[] = [];
  /** What it answers at which port, while it runs. */
  readonly serves = new Map<number, string>();
  /** Is told of each line and each end. */
  onChange: (ended: boolean) => void = () => {};
  phase: ContainerPhase = "created";
  exitCode: number | undefined;
  restarts = 0;
  startedAt: string | undefined;
  #run = 0;

  constructor(name: string, clock: Clock, program: Program, files: MemoryFiles) {
    this.name = name;
    this.#clock = clock;
    this.#program = program;
    this.#files = files;
  }

  /** Runs the program from its first step. */
  start(): void {
    this.phase = "running";
    this.exitCode = undefined;
    this.startedAt = new Date(this.#clock.wall()).toISOString();
    void this.#steps((this.#run += 1));
  }

  /** Ends the program. */
  end(exitCode: number): void {
    this.#run += 1;
    this.serves.clear();
    this.phase = "exited";
    this.exitCode = exitCode;
    this.onChange(true);
  }

  observed(hasNetwork: boolean): ObservedContainer {
    const { name, exitCode, restarts, startedAt } = this;
    const phase = this.phase === "running" && !hasNetwork ? "dead" : this.phase;
    return { name, phase, exitCode, restarts, oomKilled: false, startedAt };
  }

  async #steps(run: number): Promise<void> {
    for (const step of this.#program) {
      if (this.#run !== run) return;
      if ("wait" in step) await new Promise((resolve) => setTimeout(resolve, step.wait).unref());
      else if ("print" in step) this.#print(step.print, step.stream);
      else if ("append" in step) {
        if (!this.#files.append(step.append, `${step.line}\n`)) this.#print("refused");
      } else if ("show" in step) {
        const text = this.#files.read(step.show) ?? "missing";
        for (const line of text.trimEnd().split("\n")) this.#print(line);
      } else if ("serve" in step) this.serves.set(step.port, step.serve);
      else this.end(step.exit);
    }
  }

  #print(text: string, stream: LogLine["stream"] = "stdout"): void {
    const time = new Date(this.#clock.wall()).toISOString().replace("Z", "000000Z");
    this.lines.push({ container: this.name, stream, time, text });
    this.onChange(false);
  }
}
