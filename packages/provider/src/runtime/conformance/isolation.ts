import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { answerOf, applied, container, ended, eventually, linesOf, podOf, webContainer } from "./harness.ts";
import type { ProcessHarness } from "./process-harness.ts";

/** What a program cannot do, and what it cannot reach. */
export function isolation(harness: () => ProcessHarness): void {
  test("a program has only the documented rights", async () => {
    const script =
      'grep -E "Cap(Eff|Bnd)|NoNewPrivs|Seccomp:" /proc/self/status; ulimit -n; ulimit -c; ls /dev; mknod /tmp/k c 1 11 || echo no-mknod; chroot / true || echo no-chroot; echo processes $(ls /proc | grep -c "^[0-9]")';
    const asUser =
      "(sleep 1; wget -q -O - http://localhost:80/ || echo no-port) & grep CapEff /proc/self/status; httpd -p 80; wait";
    const pod = podOf([
      container("main", await harness().shell(script)),
      container("user", await harness().shell(asUser, { user: "1000:1000" })),
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

  test("a program that exceeds its memory limit is ended, and that is observed", async () => {
    const hog = { command: ["/bin/busybox", "tail", "/dev/zero"], memoryBytes: 16 * 1024 * 1024 };
    const pod = podOf([container("hog", await harness().shell(""), hog)]);
    const runtime = await applied(harness(), pod);
    const found = await ended(runtime, pod.podId, "hog");
    expect(found).toMatchObject({ exitCode: 137, oomKilled: harness().reportsOom });
  });

  test("containers of a pod share localhost, find each other by name, and cannot see each other's files", async () => {
    const script =
      "until wget -q -O - http://localhost:8080/ 2>/dev/null; do sleep 0.1; done; echo; wget -q -O - http://web:8080/; echo; ls /proc/1/root/tmp/www-8080 2>&1 | grep -c index";
    const pod = podOf([
      await webContainer(harness(), "web", "sibling"),
      container("client", await harness().shell(script)),
    ]);
    const runtime = await applied(harness(), pod);
    await ended(runtime, pod.podId, "client");
    const lines = [];
    for await (const line of runtime.logs(pod.podId, { container: "client" })) lines.push(line.text);
    // The last line: the sibling's files are not to be seen, since processes are not shared.
    expect(lines).toEqual(["sibling", "sibling", "0"]);
  });

  test("pods reach neither each other nor the host's loopback services", async () => {
    const victim = podOf([await webContainer(harness(), "web", "secret")]);
    const runtime = await applied(harness(), victim);
    await answerOf(harness(), runtime, victim.podId);
    // Lists networks as any Docker client would; podman then forgets which of them it keeps apart.
    await harness().leftovers();
    await harness().loseNetwork(victim.podId);
    await eventually(async () => ((await runtime.observe(victim.podId))?.address(8080) ? undefined : true));
    await runtime.restart(victim.podId, "web");
    await answerOf(harness(), runtime, victim.podId);
    const host = createServer((_, response) => response.end("host secret"));
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void host.close());
    const { port } = host.address() as AddressInfo;
    const address = (await runtime.observe(victim.podId))?.address(8080);
    // The sibling is the control: a probe that could reach nothing at all would prove nothing.
    const targets = [
      "localhost 8080",
      `${address?.host} ${address?.port}`,
      `127.0.0.1 ${port}`,
      `$(ip route | awk '/default/ {print $3}') ${port}`,
    ];
    const script = `sleep 1; ip route | grep -c default; ${targets.map((each) => `nc -w 3 ${each} < /dev/null && echo reached || echo blocked`).join("; ")}`;
    const attacker = podOf([
      container("probe", await harness().shell(script)),
      await webContainer(harness(), "web", "own"),
    ]);
    await applied(harness(), attacker);
    await ended(runtime, attacker.podId, "probe");
    const lines = (await linesOf(runtime, attacker.podId)).filter((line) => !line.startsWith("nc:"));
    expect(lines).toEqual(["1", "reached", "blocked", "blocked", "blocked"]);
  });
}
