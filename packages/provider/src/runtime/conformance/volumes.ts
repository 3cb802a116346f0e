import { expect, test } from "vitest";
import type { DesiredPod, PodRuntime, PodVolume } from "../index.ts";
import { applied, container, ended, eventually, linesOf, podOf } from "./harness.ts";
import type { RuntimeHarness } from "./harness.ts";
import type { Program } from "./program.ts";

const volumes: readonly PodVolume[] = [
  { name: "data", kind: "persistent", sizeBytes: 1 << 20 },
  { name: "tmp", kind: "empty" },
  { name: "keys", kind: "secret", files: [{ path: "key", content: new TextEncoder().encode("hunter2\n") }] },
];
const mounts = [
  { volume: "data", mountPath: "/data", readOnly: false },
  { volume: "tmp", mountPath: "/tmp/own", readOnly: false },
  // Mounted read-only all the same.
  { volume: "keys", mountPath: "/keys", readOnly: false },
];

/** Lifetime and permissions of each kind of volume. */
export function volumeKinds(harness: () => RuntimeHarness): void {
  const podWith = async (program: Program, user: string, changes: Partial<DesiredPod> = {}) =>
    podOf([container("main", await harness().image(program, { user }), { mounts })], {
      volumes,
      ...changes,
    });
  const printed = async (runtime: PodRuntime, podId: string) => {
    await ended(runtime, podId, "main");
    return linesOf(runtime, podId);
  };
  const note: Program = [
    { append: "/data/notes", line: "data" },
    { append: "/tmp/own/notes", line: "tmp" },
    { show: "/data/notes" },
    { show: "/tmp/own/notes" },
    { exit: 0 },
  ];

  test.each(["0:0", "1000:1001"])(
    "user %s reads secrets and cannot change them, and writes to the rest",
    async (user) => {
      const program: Program = [
        { show: "/keys/key" },
        { append: "/keys/key", line: "changed" },
        { append: "/keys/other", line: "new" },
        ...note,
      ];
      const pod = await podWith(program, user);
      const runtime = await applied(harness(), pod);
      expect(await printed(runtime, pod.podId)).toEqual(["hunter2", "refused", "refused", "data", "tmp"]);
    },
  );

  test("a read-only mount of a volume that others write to cannot be written to", async () => {
    const writer = await harness().image([{ append: "/data/notes", line: "written" }]);
    const reader = await harness().image([
      { wait: 500 },
      { show: "/data/notes" },
      { append: "/data/notes", line: "x" },
      { exit: 0 },
    ]);
    const [data] = mounts;
    const pod = podOf(
      [
        container("writer", writer, { mounts: [data!] }),
        container("main", reader, { mounts: [{ ...data!, readOnly: true }] }),
      ],
      { volumes },
    );
    const runtime = await applied(harness(), pod);
    expect(await printed(runtime, pod.podId)).toEqual(["written", "refused"]);
  });

  test("persistent volumes survive restarts, updates and takeDown, empty ones a restart, none a removal", async () => {
    const pod = await podWith(note, "1000");
    const runtime = await applied(harness(), pod);
    expect(await printed(runtime, pod.podId)).toEqual(["data", "tmp"]);
    await runtime.restart(pod.podId, "main");
    const second = ["data", "data", "tmp", "tmp"];
    expect(
      await eventually(async () => {
        const lines = await linesOf(runtime, pod.podId);
        return lines.length < 6 ? undefined : lines;
      }),
    ).toEqual(["data", "tmp", ...second]);

    await runtime.apply({ ...pod, generation: 2 });
    expect(await printed(runtime, pod.podId)).toEqual(["data", "data", "data", "tmp"]);
    await runtime.takeDown(pod.podId);
    expect(await runtime.observe(pod.podId)).toBe(undefined);
    await runtime.apply({ ...pod, generation: 3 });
    expect(await printed(runtime, pod.podId)).toEqual(["data", "data", "data", "data", "tmp"]);
    await runtime.remove(pod.podId);
    await runtime.apply(pod);
    expect(await printed(runtime, pod.podId)).toEqual(["data", "tmp"]);
  });

  test("gc removes volumes of unknown pods, and keeps those of a known pod that does not run", async () => {
    const [kept, lost] = [await podWith(note, "1000"), await podWith(note, "1000")];
    const runtime = await applied(harness(), kept);
    await applied(harness(), lost);
    await runtime.takeDown(kept.podId);
    await runtime.takeDown(lost.podId);
    expect(await runtime.gc(new Set([kept.podId]))).toEqual([lost.podId]);
    for (const [pod, lines] of [
      [kept, ["data", "data"]],
      [lost, ["data"]],
    ] as const) {
      await runtime.apply({ ...pod, generation: 2 });
      expect((await printed(runtime, pod.podId)).filter((line) => line === "data")).toEqual(lines);
    }
  });
}
