import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isApocError } from "@apoc/errors";
import { describe, expect, onTestFinished, test } from "vitest";
import { providerErrors } from "../../../packages/provider/src/errors.ts";
import { createIngress } from "../../../packages/provider/src/ingress/index.ts";
import type { DesiredPod, LogLine, PodRuntime } from "../../../packages/provider/src/runtime/runtime.ts";
import { answerOf, ended, eventually, linesOf, podOf, scriptContainer, webContainer } from "./programs.ts";

/** What a runtime under test must offer besides itself. */
export interface RuntimeHarness {
  /** A new object over the same engine, as after a restart of the provider. */
  makeRuntime(): PodRuntime;
  /** All objects of this instance that exist in the engine: `kind name`. */
  leftovers(): Promise<readonly string[]>;
  /** Ends the program that holds the pod's network, behind the runtime's back. */
  killPause(podId: string): Promise<void>;
}

/** The behaviour that every engine behind {@link PodRuntime} must show. */
export function runtimeConformance(name: string, harness: () => RuntimeHarness): void {
  describe(`runtime conformance: ${name}`, () => {
    /** Applies a pod and removes it after the test, whatever happened. */
    async function applied(pod: DesiredPod): Promise<PodRuntime> {
      const runtime = harness().makeRuntime();
      onTestFinished(() => runtime.remove(pod.podId));
      await runtime.apply(pod);
      return runtime;
    }

    test("an image runs and answers through the ingress", async () => {
      const pod = podOf([await webContainer("web", "hello")]);
      const started = performance.now();
      const runtime = await applied(pod);
      expect(await answerOf(runtime, pod.podId)).toBe("hello");
      console.info(`apply to HTTP answer: ${Math.round(performance.now() - started)} ms`);
      const observed = (await runtime.observe(pod.podId))[0];
      const ingress = await createIngress({
        listen: { host: "127.0.0.1", port: 0 },
        suffix: "pods.localhost",
        lookup: (hostname) => (hostname === pod.hostname ? observed?.address(8080) : undefined),
      });
      onTestFinished(() => ingress.close());
      const ask = (host: string) => fetchWithHost(ingress.port, host);
      expect(await ask(pod.hostname)).toEqual([200, "hello"]);
      expect((await ask("other.pods.localhost"))[0]).toBe(404);
    });

    test("arguments, environment, folder and user are those asked for", async () => {
      const script = 'echo "$0|$1|$FROM_IMAGE|$ADDED|$BOTH|$(pwd)|$(id -u):$(id -g)"';
      const config = {
        entrypoint: ["/bin/sh", "-c", script],
        cmd: ["zero", "one"],
        env: ["FROM_IMAGE=i", "BOTH=i"],
        user: "1000:1001",
      };
      const own = {
        args: ["null", "eins"],
        workingDir: "/tmp",
        env: [
          { name: "ADDED", value: "a=b c" },
          { name: "BOTH", value: "p" },
        ],
      };
      const pod = podOf([
        await scriptContainer("plain", "", {}, config),
        await scriptContainer("own", "", own, config),
        await scriptContainer("other", "", { command: ["/bin/busybox", "echo"] }, config),
      ]);
      const runtime = await applied(pod);
      for (const each of pod.containers)
        expect((await ended(runtime, pod.podId, each.name)).exitCode).toBe(0);
      expect((await linesOf(runtime, pod.podId)).toSorted()).toEqual([
        "",
        "null|eins|i|a=b c|p|/tmp|1000:1001",
        "zero|one|i||i|/|1000:1001",
      ]);
    });

    test("mounts are the host's folders: read-only ones cannot be written, writable ones by any user that may", async () => {
      const directory = await mkdtemp(join(tmpdir(), "apoc-mount-"));
      onTestFinished(() => rm(directory, { recursive: true }));
      await mkdir(join(directory, "in"));
      await writeFile(join(directory, "in", "note"), "from the host");
      await mkdir(join(directory, "out"), { mode: 0o777 });
      const { chmod } = await import("node:fs/promises");
      await chmod(join(directory, "out"), 0o777);
      const script =
        "cat /in/note > /out/copy; echo x > /in/note || echo refused > /out/verdict; ls /image > /out/image";
      const mounts = [
        { hostPath: join(directory, "in"), mountPath: "/in", readOnly: true },
        { hostPath: join(directory, "out"), mountPath: "/out", readOnly: false },
      ];
      const config = { user: "1000:1000", volumes: ["/image"] };
      const pod = podOf([await scriptContainer("main", script, { mounts }, config)]);
      const runtime = await applied(pod);
      await ended(runtime, pod.podId, "main");
      expect(await readFile(join(directory, "out", "copy"), "utf8")).toBe("from the host");
      expect(await readFile(join(directory, "out", "verdict"), "utf8")).toBe("refused\n");
      expect(await readFile(join(directory, "in", "note"), "utf8")).toBe("from the host");
    });

    test("a program has only the documented rights", async () => {
      const script =
        'grep -E "Cap(Eff|Bnd)|NoNewPrivs|Seccomp:" /proc/self/status; ulimit -n; ulimit -c; ls /dev; mknod /tmp/k c 1 11 || echo no-mknod; chroot / true || echo no-chroot; ls /proc | grep -c "^[0-9]"';
      const pod = podOf([await scriptContainer("main", script)]);
      const runtime = await applied(pod);
      await ended(runtime, pod.podId, "main");
      const lines = await linesOf(runtime, pod.podId);
      // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10
      expect(lines).toContain("CapEff:\t00000000000004fb");
      expect(lines).toContain("CapBnd:\t00000000000004fb");
      expect(lines).toContain("NoNewPrivs:\t1");
      expect(lines).toContain("4096");
      expect(lines).toContain("no-mknod");
      expect(lines).toContain("no-chroot");
      expect(lines.filter((line) => /^(kmsg|mem|kvm|sd.|vd.)$/.test(line))).toEqual([]);
      expect(Number(lines.at(-1))).toBeLessThan(6);
    });

    test("who takes more memory than asked for is ended, and that is observed", async () => {
      const hog = { command: ["/bin/busybox", "tail", "/dev/zero"], memoryBytes: 16 * 1024 * 1024 };
      const pod = podOf([await scriptContainer("hog", "", hog)]);
      const runtime = await applied(pod);
      const found = await ended(runtime, pod.podId, "hog");
      expect(found).toMatchObject({ exitCode: 137, oomKilled: true });
    });

    test("containers of a pod share localhost and find each other by name", async () => {
      const script =
        "until wget -q -O - http://localhost:8080/ 2>/dev/null; do sleep 0.1; done; echo; wget -q -O - http://web:8080/; echo; ls /proc/1/root/www 2>&1 | grep -c index";
      const pod = podOf([await webContainer("web", "sibling"), await scriptContainer("client", script)]);
      const runtime = await applied(pod);
      await ended(runtime, pod.podId, "client");
      const lines = [];
      for await (const line of runtime.logs(pod.podId, { container: "client" })) lines.push(line.text);
      // The last line: the sibling's files are not to be seen, since processes are not shared.
      expect(lines).toEqual(["sibling", "sibling", "0"]);
    });

    test("pods reach neither each other nor the host's loopback services", async () => {
      const victim = podOf([await webContainer("web", "secret")]);
      const runtime = await applied(victim);
      await answerOf(runtime, victim.podId);
      const host = createServer((_, response) => response.end("host secret"));
      await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void host.close());
      const { port } = host.address() as AddressInfo;
      const address = (await runtime.observe(victim.podId))[0]?.address(8080);
      const targets = [
        `http://${address?.host}:${address?.port}/`,
        `http://127.0.0.1:${port}/`,
        `http://$(ip route | awk '/default/ {print $3}'):${port}/`,
      ];
      const script = `ip route | grep -c default; ${targets.map((url) => `wget -T 3 -q -O - "${url}" && echo reached || echo blocked`).join("; ")}`;
      const attacker = podOf([await scriptContainer("probe", script)]);
      await applied(attacker);
      await ended(runtime, attacker.podId, "probe");
      const lines = (await linesOf(runtime, attacker.podId)).filter((line) => !line.startsWith("wget:"));
      expect(lines).toEqual(["1", "blocked", "blocked", "blocked"]);
    });

    test("applying the same generation again changes nothing, a new one replaces", async () => {
      const pod = podOf([await webContainer("web", "one")]);
      const runtime = await applied(pod);
      await answerOf(runtime, pod.podId);
      const before = await harness().leftovers();
      await runtime.apply(pod);
      expect(await harness().leftovers()).toEqual(before);
      await runtime.apply({ ...pod, generation: 2, containers: [await webContainer("web", "two")] });
      expect(await answerOf(runtime, pod.podId)).toBe("two");
      const after = await harness().leftovers();
      expect(after.length).toBe(before.length);
      expect(
        after.filter((object) => before.includes(object)).every((object) => object.startsWith("image ")),
      ).toBe(true);
      expect((await runtime.observe(pod.podId)).map(({ generation }) => generation)).toEqual([2]);
    });

    test("removing leaves nothing, and may be repeated", async () => {
      const before = await harness().leftovers();
      const script = "sleep 1000";
      const pod = podOf([
        await webContainer("web", "x"),
        await scriptContainer("other", script, {}, { volumes: ["/data"] }),
      ]);
      const runtime = await applied(pod);
      expect((await harness().leftovers()).length).toBeGreaterThan(before.length + 4);
      await runtime.remove(pod.podId);
      expect(await harness().leftovers()).toEqual(before);
      expect(await runtime.observe(pod.podId)).toEqual([]);
      await runtime.remove(pod.podId);
    });

    test("after a restart of the provider everything is seen as before, and restarts are still counted", async () => {
      const pod = podOf([
        await webContainer("web", "still here"),
        await scriptContainer("crash", "echo run; exit 3"),
      ]);
      const runtime = await applied(pod);
      expect(await ended(runtime, pod.podId, "crash")).toMatchObject({
        exitCode: 3,
        restarts: 0,
        oomKilled: false,
      });
      await runtime.restart(pod.podId, "crash");
      const fresh = harness().makeRuntime();
      expect(await ended(fresh, pod.podId, "crash")).toMatchObject({ exitCode: 3, restarts: 1 });
      await fresh.apply(pod);
      await fresh.restart(pod.podId, "crash");
      expect(await ended(fresh, pod.podId, "crash")).toMatchObject({ restarts: 2 });
      expect(await answerOf(fresh, pod.podId)).toBe("still here");
      const seen = (await fresh.observe()).filter(({ podId }) => podId === pod.podId);
      expect(
        seen.map(({ generation, containers }) => [generation, containers.map((each) => each.name)]),
      ).toEqual([[1, ["crash", "web"]]]);
      const error = await fresh.restart(pod.podId, "nobody").catch((caught: unknown) => caught);
      expect(isApocError(error, providerErrors.CONTAINER_UNKNOWN)).toBe(true);
    });

    test("a pod whose network was lost comes back by restarting its containers", async () => {
      const pod = podOf([await webContainer("web", "back again"), await webContainer("api", "api", 8081)]);
      const runtime = await applied(pod);
      await answerOf(runtime, pod.podId);
      await harness().killPause(pod.podId);
      const dead = await eventually(async () => {
        const [observed] = await runtime.observe(pod.podId);
        return observed?.address(8080) === undefined ? observed : undefined;
      });
      expect(dead.containers.map(({ phase }) => phase === "running")).toEqual([false, false]);
      for (const { name: each } of dead.containers) await runtime.restart(pod.podId, each);
      expect(await answerOf(runtime, pod.podId)).toBe("back again");
      expect(await answerOf(runtime, pod.podId, 8081)).toBe("api");
    });

    test("logs keep order and long lines, know tail and since, and can be followed", async () => {
      const script =
        'for i in $(seq 1 20); do echo "line $i"; done; head -c 70000 /dev/zero | tr "\\0" x; echo; echo oops >&2; sleep 1.2; echo late; sleep 1000';
      const pod = podOf([await scriptContainer("main", script)]);
      const runtime = await applied(pod);
      const aborter = new AbortController();
      const followed: LogLine[] = [];
      for await (const line of runtime.logs(pod.podId, { follow: true, signal: aborter.signal })) {
        followed.push(line);
        if (line.text === "late") aborter.abort();
      }
      const stdout = followed.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
      expect(stdout).toEqual([
        ...Array.from({ length: 20 }, (_, index) => `line ${index + 1}`),
        "x".repeat(70_000),
        "late",
      ]);
      expect(followed.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual(["oops"]);
      const times = followed.map(({ time }) => time);
      expect(times).toEqual(times.toSorted());
      const tail = [];
      for await (const line of runtime.logs(pod.podId, { tail: 1 })) tail.push(line.text);
      expect(tail).toEqual(["late"]);
      const late = followed.at(-1) as LogLine;
      const since = [];
      for await (const line of runtime.logs(pod.podId, { since: late.time })) since.push(line.text);
      expect(since).toEqual(["late"]);
    });

    test("a pod that cannot start is an error and leaves nothing; the running generation stays", async () => {
      const before = await harness().leftovers();
      const broken = podOf([await scriptContainer("main", "", { command: ["/no/such/program"] })]);
      const runtime = harness().makeRuntime();
      onTestFinished(() => runtime.remove(broken.podId));
      await expect(runtime.apply(broken)).rejects.toSatisfy((error) =>
        isApocError(error, providerErrors.ENGINE_REFUSED),
      );
      expect(await harness().leftovers()).toEqual(before);
      const pod = podOf([await webContainer("web", "good")]);
      await applied(pod);
      const bad = {
        ...pod,
        generation: 2,
        containers: [
          {
            ...(pod.containers[0] as (typeof pod.containers)[0]),
            mounts: [{ hostPath: "/no/such/folder", mountPath: "/x", readOnly: true }],
          },
        ],
      };
      await expect(runtime.apply(bad)).rejects.toSatisfy((error) =>
        isApocError(error, providerErrors.ENGINE_REFUSED),
      );
      expect(await answerOf(runtime, pod.podId)).toBe("good");
      expect((await runtime.observe(pod.podId))[0]?.generation).toBe(1);
    });

    test("gc removes pods that nobody knows, and no others", async () => {
      const kept = podOf([await webContainer("web", "kept")]);
      const lost = podOf([await webContainer("web", "lost")]);
      const runtime = await applied(kept);
      await applied(lost);
      expect(await runtime.gc(new Set([kept.podId]))).toEqual([lost.podId]);
      expect(await runtime.observe(lost.podId)).toEqual([]);
      expect(await answerOf(runtime, kept.podId)).toBe("kept");
      expect(await runtime.gc(new Set([kept.podId]))).toEqual([]);
    });
  });
}

async function fetchWithHost(port: number, host: string): Promise<[number, string]> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/", headers: { Host: host } }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
    })
      .once("error", reject)
      .end();
  });
}
