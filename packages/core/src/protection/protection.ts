import { ApocError, type ErrorDescriptor } from "@apoc/errors";
import type { ImageConfig } from "@apoc/oci";
import { admissionErrors } from "../errors.ts";
import type { ProtectionPolicy } from "../license/license.ts";
import type { PodContainer } from "../manifest/pod-manifest.ts";
import { assertEntrypointLocked, entrypointOf } from "./entrypoint-locked.ts";

/**
 * Variables that change which code runs, whatever a license says: the dynamic linker's, shells' and interpreters'
 * start files and search paths. A license that allows one of them would contradict its locked entrypoint.
 */
const codeBearing =
  /^(LD_.*|DYLD_.*|GCONV_PATH|GLIBC_TUNABLES|MALLOC_.*|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|IFS|PATH|NODE_OPTIONS|NODE_PATH|PYTHON.*|PERL5?(LIB|OPT|DB)|RUBY(OPT|LIB)|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|DOTNET_.*|CORECLR_.*|LUA_(INIT|PATH|CPATH).*|PHPRC|PHP_INI_SCAN_DIR|GEM_(HOME|PATH)|BUNDLE_.*|NLSPATH|TERMINFO.*|OPENSSL_(CONF|ENGINES|MODULES)|ZDOTDIR|ERL_.*|GUILE_.*|TCLLIBPATH|R_PROFILE.*|GTK_.*|QT_.*)$/;

/** Trees that hold programs, libraries or what they are configured by; never below a publisher's mount. */
const programTrees = [
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libexec",
  "/usr",
  "/etc",
  "/proc",
  "/sys",
  "/dev",
  "/boot",
  "/run/secrets",
];

/**
 * The rules of DESIGN's protection for one licensed container, default deny: the normalised manifest has no field for
 * privileges, namespaces, hooks and probes, and of the fields it has, a publisher may use only what the policy opens.
 * @throws PROTECTED_ENTRYPOINT, PROTECTED_WORKDIR, PROTECTED_ARGS, PROTECTED_ENV, PROTECTED_MOUNT
 */
export function assertProtected(
  container: PodContainer,
  policy: ProtectionPolicy,
  config: ImageConfig,
): void {
  const refuse = (error: ErrorDescriptor, field: string, expected: string, actual: string): never => {
    throw new ApocError(error, { field: `containers.${container.name}.${field}`, expected, actual });
  };
  assertEntrypointLocked(container, policy, config);
  if (container.workingDir !== undefined) {
    refuse(
      admissionErrors.PROTECTED_WORKDIR,
      "workingDir",
      config.config?.WorkingDir ?? "/",
      container.workingDir,
    );
  }
  for (const { name } of container.env) {
    if (!policy.env.includes(name) || codeBearing.test(name)) {
      refuse(admissionErrors.PROTECTED_ENV, `env.${name}`, policy.env.join(", ") || "no variables", name);
    }
  }
  for (const { mountPath } of container.volumeMounts) {
    if (!policy.mounts.some((allowed) => within(mountPath, allowed)) || coversProgram(mountPath, config)) {
      refuse(
        admissionErrors.PROTECTED_MOUNT,
        "volumeMounts",
        policy.mounts.join(", ") || "no mounts",
        mountPath,
      );
    }
    // The outer volume is the publisher's: a symbolic link in it would lead the inner mount to any path of the image.
    const outer = container.volumeMounts.find(
      (other) => other.mountPath !== mountPath && within(mountPath, other.mountPath),
    );
    if (outer !== undefined) {
      refuse(
        admissionErrors.PROTECTED_MOUNT,
        "volumeMounts",
        `nothing below the mount ${outer.mountPath}`,
        mountPath,
      );
    }
  }
}

/** Something that a policy opens and that no publisher may ever use: the policy contradicts the locked entrypoint. */
export interface ForbiddenOpening {
  /** Field of the license: `policy.env` or `policy.mounts`. */
  readonly field: "policy.env" | "policy.mounts";
  readonly value: string;
  readonly reason: string;
}

/** What a policy allows to no effect, so that a developer learns of it when publishing and not from a refused pod. */
export function forbiddenOpenings(
  policy: ProtectionPolicy,
  config: ImageConfig,
): readonly ForbiddenOpening[] {
  return [
    ...policy.env
      .filter((name) => codeBearing.test(name))
      .map((value) => ({ field: "policy.env", value, reason: "decides which code runs" }) as const),
    ...policy.mounts
      .filter((path) => coversProgram(path, config))
      .map((value) => ({ field: "policy.mounts", value, reason: "holds programs or hides them" }) as const),
  ];
}

function within(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Would a mount hide or bring programs, or the path of the entrypoint or working directory? */
function coversProgram(path: string, config: ImageConfig): boolean {
  const workingDir = normal(config.config?.WorkingDir ?? "");
  return (
    programTrees.some((tree) => within(path, tree)) ||
    programPlaces(config).some((place) => within(place, path)) ||
    searchPath(config).some((directory) => within(path, directory)) ||
    (workingDir !== "/" && within(workingDir, path))
  );
}

/** Where the first word of the command line may be: as it is, from the working directory, or along PATH. */
function programPlaces(config: ImageConfig): readonly string[] {
  const program = entrypointOf(config)[0] ?? config.config?.Cmd?.[0] ?? "";
  if (program.startsWith("/")) return [normal(program)];
  if (program.includes("/")) return [normal(`${config.config?.WorkingDir ?? ""}/${program}`)];
  return program === "" ? [] : searchPath(config).map((directory) => normal(`${directory}/${program}`));
}

/** Directories of the image's PATH: what a program starts by name comes from there. */
function searchPath(config: ImageConfig): readonly string[] {
  const path = (config.config?.Env ?? []).findLast((entry) => entry.startsWith("PATH="))?.slice(5) ?? "";
  return path
    .split(":")
    .filter((directory) => directory.startsWith("/"))
    .map(normal);
}

/** Without empty parts, `.` and `..`. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
