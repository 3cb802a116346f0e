import { spawn } from "node:child_process";
import { once } from "node:events";
import { ApocError } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";
import { hasProgram, isRoot } from "./programs.ts";

/** A program and the packages that contain it. */
export interface Installation {
  readonly program: string;
  /** Packages of Debian and its relatives. */
  readonly packages: readonly string[];
}

/** Installs a program with apt-get if it is missing and installing is permitted. @throws ENGINE_MISSING, ENGINE_INSTALL */
export async function ensureInstalled(
  { program, packages }: Installation,
  permitted: boolean,
  say: (text: string) => void,
): Promise<void> {
  if (hasProgram(program)) return;
  const command = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  if (!permitted || !hasProgram("apt-get")) {
    throw new ApocError(devnetErrors.ENGINE_MISSING, {
      field: program,
      detail: permitted
        ? "There is no apt-get: install it with your package manager."
        : `Installing was not permitted. To install it: ${command}`,
    });
  }
  say(`installing ${packages.join(" ")} (apt-get)`);
  await apt(["update", "-q"]);
  await apt(["install", "-q", "-y", "--no-install-recommends", ...packages]);
}

/** Runs apt-get as root; its output goes to standard error. */
async function apt(args: readonly string[]): Promise<void> {
  const [program, ...words] = [
    ...(isRoot() ? [] : ["sudo"]),
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
  ];
  const child = spawn(program as string, [...words, ...args], { stdio: ["ignore", 2, 2] });
  const [code] = (await once(child, "close").catch(() => [1])) as [number | null];
  if (code === 0) return;
  throw new ApocError(devnetErrors.ENGINE_INSTALL, {
    field: `apt-get ${args.join(" ")}`,
    detail: "Root, or sudo, is needed.",
  });
}
