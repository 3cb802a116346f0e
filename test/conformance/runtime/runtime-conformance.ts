import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createIngress } from "../../../packages/provider/src/ingress/index.ts";
import {
  answerOf,
  ended,
  eventually,
  fetchWithHost,
  linesOf,
  podOf,
  scriptContainer,
  webContainer,
} from "./programs.ts";
import { applied, type RuntimeHarness } from "./runtime-harness.ts";

/** The behaviour that every engine behind {@link PodRuntime} must show. */
export function runtimeConformance(name: string, harness: () => RuntimeHarness): void {
  describe(`runtime conformance: ${name}`, () => {
    test("an image runs and answers through the ingress", async () => {
      const pod = podOf([await webContainer("web", "hello")]);
      const started = performance.now();
      const runtime = await applied(harness(), pod);
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
      const runtime = await applied(harness(), pod);
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
      await chmod(join(directory, "out"), 0o777);
      const script =
        "cat /in/note > /out/copy; echo x > /in/note || echo refused > /out/verdict; ls /image > /out/image";
      const mounts = [
        { hostPath: join(directory, "in"), mountPath: "/in", readOnly: true },
        { hostPath: join(directory, "out"), mountPath: "/out", readOnly: false },
      ];
      const config = { user: "1000:1000", volumes: ["/image"] };
      const pod = podOf([await scriptContainer("main", script, { mounts }, config)]);
      const runtime = await applied(harness(), pod);
      await ended(runtime, pod.podId, "main");
      expect(await readFile(join(directory, "out", "copy"), "utf8")).toBe("from the host");
      expect(await readFile(join(directory, "out", "verdict"), "utf8")).toBe("refused\n");
      expect(await readFile(join(directory, "in", "note"), "utf8")).toBe("from the host");
    });

    test("a program has only the documented rights", async () => {
      const script =
        'grep -E "Cap(Eff|Bnd)|NoNewPrivs|Seccomp:" /proc/self/status; ulimit -n; ulimit -c; ls /dev; mknod /tmp/k c 1 11 || echo no-mknod; chroot / true || echo no-chroot; echo processes $(ls /proc | grep -c "^[0-9]")';
      const asUser =
        "(sleep 1; wget -q -O - http://localhost:80/ || echo no-port) & grep CapEff /proc/self/status; httpd -p 80; wait";
      const pod = podOf([
        await scriptContainer("main", script),
        await scriptContainer("user", asUser, {}, { user: "1000:1000" }),
      ]);
      const runtime = await applied(harness(), pod);
      await ended(runtime, pod.podId, "main");
      await ended(runtime, pod.podId, "user");
      const lines = await linesOf(runtime, pod.podId, "main");
      const user = await linesOf(runtime, pod.podId, "user");
      expect(user[0]).toBe("CapEff:\t0000000000000000");
      // 404 is an answer: the server could take the low port.
      expect(user.slice(1).join()).toMatch(/404/);
      // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10
      expect(lines).toContain("CapEff:\t00000000000004fb");
      expect(lines).toContain("CapBnd:\t00000000000004fb");
      expect(lines).toContain("NoNewPrivs:\t1");
      expect(lines).toContain("4096");
      expect(lines).toContain("no-mknod");
      expect(lines).toContain("no-chroot");
      expect(lines.filter((line) => /^(kmsg|mem|kvm|sd.|vd.)$/.test(line))).toEqual([]);
      // Only its own and the shell's children; what is written to the two streams may come in any order.
      const processes = lines.find((line) => line.startsWith("processes "));
      expect(Number(processes?.slice("processes ".length))).toBeLessThan(6);
    });

    test("who takes more memory than asked for is ended, and that is observed", async () => {
      const hog = { command: ["/bin/busybox", "tail", "/dev/zero"], memoryBytes: 16 * 1024 * 1024 };
      const pod = podOf([await scriptContainer("hog", "", hog)]);
      const runtime = await applied(harness(), pod);
      const found = await ended(runtime, pod.podId, "hog");
      expect(found).toMatchObject({ exitCode: 137, oomKilled: harness().reportsOom });
    });

    test("containers of a pod share localhost and find each other by name", async () => {
      const script =
        "until wget -q -O - http://localhost:8080/ 2>/dev/null; do sleep 0.1; done; echo; wget -q -O - http://web:8080/; echo; ls /proc/1/root/www 2>&1 | grep -c index";
      const pod = podOf([await webContainer("web", "sibling"), await scriptContainer("client", script)]);
      const runtime = await applied(harness(), pod);
      await ended(runtime, pod.podId, "client");
      const lines = [];
      for await (const line of runtime.logs(pod.podId, { container: "client" })) lines.push(line.text);
      // The last line: the sibling's files are not to be seen, since processes are not shared.
      expect(lines).toEqual(["sibling", "sibling", "0"]);
    });

    test("pods reach neither each other nor the host's loopback services", async () => {
      const victim = podOf([await webContainer("web", "secret")]);
      const runtime = await applied(harness(), victim);
      await answerOf(runtime, victim.podId);
      // Lists networks as any Docker client would; podman then forgets which of them it keeps apart.
      await harness().leftovers();
      await harness().killPause(victim.podId);
      await eventually(async () =>
        (await runtime.observe(victim.podId))[0]?.address(8080) ? undefined : true,
      );
      await runtime.restart(victim.podId, "web");
      await answerOf(runtime, victim.podId);
      const host = createServer((_, response) => response.end("host secret"));
      await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void host.close());
      const { port } = host.address() as AddressInfo;
      const address = (await runtime.observe(victim.podId))[0]?.address(8080);
      // The sibling is the control: a probe that could reach nothing at all would prove nothing.
      const targets = [
        "localhost 8080",
        `${address?.host} ${address?.port}`,
        `127.0.0.1 ${port}`,
        `$(ip route | awk '/default/ {print $3}') ${port}`,
      ];
      const script = `sleep 1; ip route | grep -c default; ${targets.map((each) => `nc -w 3 ${each} < /dev/null && echo reached || echo blocked`).join("; ")}`;
      const attacker = podOf([await scriptContainer("probe", script), await webContainer("web", "own")]);
      await applied(harness(), attacker);
      await ended(runtime, attacker.podId, "probe");
      const lines = (await linesOf(runtime, attacker.podId)).filter((line) => !line.startsWith("nc:"));
      expect(lines).toEqual(["1", "reached", "blocked", "blocked", "blocked"]);
    });
  });
}
