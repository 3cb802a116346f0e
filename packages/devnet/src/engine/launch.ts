import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ApocError } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";
import type { EngineFolder } from "./engine-folder.ts";
import { isAnswering } from "./engine-socket.ts";

/** A daemon to start. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Folder that it is started in. */
  readonly cwd: string;
}

const readyMilliseconds = 30_000;

/** Starts a daemon in the background and waits until it answers on the folder's socket. @throws ENGINE_FAILED */
export async function launch(folder: EngineFolder, { program, args, env, cwd }: Launch): Promise<void> {
  const log = openSync(folder.log, "w", 0o600);
  // In its own session, so that it does not end with the caller's terminal.
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", log, log] });
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended = `It ended with ${signal ?? code}.`));
  folder.write("engine.pid", String(child.pid ?? ""));
  child.unref();
  const until = Date.now() + readyMilliseconds;
  while (ended === undefined && Date.now() < until) {
    if (await isAnswering(folder.socket())) return;
    await sleep(200);
  }
  const lines = readFileSync(folder.log, "utf8").trimEnd().split("\n").slice(-20).join("\n");
  throw new ApocError(devnetErrors.ENGINE_FAILED, {
    field: program,
    expected: `an answer at ${folder.socket()}`,
    actual: ended ?? `none in ${readyMilliseconds / 1000} s`,
    detail: `${lines}\nSee ${folder.log}.`,
  });
}
