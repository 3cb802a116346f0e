import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { devnetErrors } from "../errors.ts";
import { engineFolder } from "./engine-folder.ts";
import { dockerBridges } from "./firewall.ts";
import { deletionOf, ruleWords } from "./firewall-rule.ts";
import { ensureInstalled } from "./install-packages.ts";
import { mountsBelow } from "./mounts.ts";
import { namesFolder } from "./processes.ts";
import { runningEngine } from "./start-engine.ts";
import { stopEngine } from "./stop-engine.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "apoc-e-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a rule of iptables is deleted by its own words, whatever they hold", () => {
  const rule = String.raw`-A FORWARD -i br-1 -m comment --comment "a \"b\" $(touch /x); c" -j DOCKER`;
  const comment = 'a "b" $(touch /x); c';
  const words = ["-D", "FORWARD", "-i", "br-1", "-m", "comment", "--comment", comment, "-j", "DOCKER"];
  expect(deletionOf(rule)).toEqual(words);
  expect(ruleWords('-A X --comment ""')).toEqual(["-A", "X", "--comment", ""]);
  expect(deletionOf("-P FORWARD ACCEPT")).toBe(undefined);
  expect(deletionOf("-N DOCKER")).toBe(undefined);
});

test("bridges of a private dockerd are known by their addresses", () => {
  const lines = [
    "1: lo    inet 127.0.0.1/8 scope host lo",
    "4: eth0    inet 10.213.0.9/24 scope global eth0",
    "7: br-0a1b2c    inet 10.213.3.1/24 brd 10.213.3.255 scope global br-0a1b2c",
    "8: br-ffffff    inet 172.18.0.1/16 brd 172.18.255.255 scope global br-ffffff",
    "",
  ];
  expect(dockerBridges(lines.join("\n"))).toEqual(["br-0a1b2c"]);
});

test("a process is an engine's own by a path in its folder only", () => {
  const ours = [
    ["podman", "--root", "/tmp/e/engine/root"],
    ["containerd", "--config=/tmp/e/engine/run/c.toml"],
    ["podman", "service", "unix:///tmp/e/engine/engine.sock"],
  ];
  const others = [
    ["podman", "--root", "/tmp/e/engine2/root"],
    ["podman", "/srv/tmp/e/engine/root"],
    ["podman", "/tmp/e/engine"],
    [],
  ];
  expect(ours.map((words) => namesFolder(words, ["/tmp/e/engine"]))).toEqual([true, true, true]);
  expect(others.map((words) => namesFolder(words, ["/tmp/e/engine"]))).toEqual(others.map(() => false));
});

test("mounts below a folder come with the deepest first, and those beside it not at all", () => {
  const line = (path: string) => `36 35 98:0 / ${path} rw,noatime - ext4 /dev/root rw`;
  const info = ["/e", "/e/a", String.raw`/e/a/b\040c`, "/e2/a", "/"].map(line).join("\n");
  expect(mountsBelow(info, "/e")).toEqual(["/e/a/b c", "/e/a"]);
});

test("sockets of a folder with a long path lie elsewhere, always in the same place", () => {
  const short = engineFolder("/tmp/e");
  expect(short.socket()).toBe("/tmp/e/engine/engine.sock");
  const long = join(folder(), "a".repeat(60));
  mkdirSync(join(long, "engine"), { recursive: true });
  const socket = engineFolder(long).socket();
  onTestFinished(() => rmSync(engineFolder(long).shortPath(), { recursive: true, force: true }));
  expect(Buffer.byteLength(socket)).toBeLessThan(107);
  expect(socket.startsWith(long)).toBe(false);
  expect(engineFolder(long).socket()).toBe(socket);
});

test("a program that is missing is an error where nothing may be installed", async () => {
  const installation = { program: "no-such-engine", packages: ["engine", "more"] };
  await expect(ensureInstalled(installation, false, () => {})).rejects.toMatchObject({
    code: devnetErrors.ENGINE_MISSING.code,
    field: "no-such-engine",
    detail: expect.stringContaining("apt-get install --no-install-recommends engine more"),
  });
  await ensureInstalled({ program: "sh", packages: [] }, false, () => {});
});

test("there is no engine in an empty folder, nor one whose number another process has by now", async () => {
  const path = folder();
  expect(await runningEngine(path)).toBe(undefined);
  mkdirSync(join(path, "engine"));
  engineFolder(path).write("engine.pid", String(process.pid));
  expect(await runningEngine(path)).toBe(undefined);
  const said: string[] = [];
  await stopEngine(path, (text) => said.push(text));
  await stopEngine(path, (text) => said.push(text));
  expect(said).toEqual([`stopping engine below ${path}/engine`, `nothing to stop below ${path}`]);
});
