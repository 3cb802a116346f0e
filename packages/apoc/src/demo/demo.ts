import { defineCommand } from "@apoc/terminal/command";

/** `apoc demo`: the whole story on this machine, with the very commands that people use. */
export const command = defineCommand({
  description: `
Starts a chain, a registry, a development TEE and a provider on loopback, plays the story of two developers, a
publisher and a provider with real commands, tries three attacks, and leaves nothing behind. It needs a container
engine (Docker or Podman) and a static busybox; scripts/demo.sh gets both.`,
  options: {
    dir: {
      flags: "--dir <dir>",
      description: "working folder; default: a new temporary folder",
    },
    tools: { flags: "--tools <dir>", description: "folder with a static busybox" },
    seconds: {
      flags: "--seconds <n>",
      description: "time that the pod runs before it is paid for",
      default: "5",
      parse: (text: string) => Number(text),
    },
  },
  examples: [
    { text: "With Podman's socket", command: "DOCKER_HOST=unix:///run/podman/podman.sock apoc demo" },
  ],
  run: () => import("./demo.run.ts"),
});
