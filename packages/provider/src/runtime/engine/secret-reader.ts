import type { DesiredPod } from "../index.ts";

/** The user that a container runs as, if its image gives it as a number. */
export interface SecretReader {
  readonly uid: number;
  readonly gid: number;
}

/** The user of the containers that mount a volume; `undefined` if they differ or are names instead of numbers. */
export function secretReader({ containers }: DesiredPod, volume: string): SecretReader | undefined {
  const users = containers
    .filter(({ mounts }) => mounts.some((mount) => mount.volume === volume))
    .map(({ image }) => image.config.config?.User ?? "");
  const [user] = users;
  if (user === undefined || users.some((other) => other !== user)) return undefined;
  if (user === "" || user === "root") return { uid: 0, gid: 0 };
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(user);
  return match === null ? undefined : { uid: Number(match[1]), gid: Number(match[2] ?? 0) };
}
