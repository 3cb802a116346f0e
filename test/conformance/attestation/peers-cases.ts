import { join } from "node:path";
import { readCases, runCase } from "./cases.ts";
import { askPeers, buildPeers, canBeAsked, peerNames } from "./peers.ts";

/**
 * Writes to stdout what each peer gets wrong of the given cases: accept or reject, whatever its reason; and how many
 * apoc gets wrong, by reason.
 */
export async function comparePeers(folder: string, json: boolean): Promise<void> {
  const peers = await buildPeers();
  if ("missing" in peers) throw new Error(peers.missing);
  for (const kind of ["snp", "tdx"] as const) {
    const cases = readCases(join(folder, `${kind}-cases.json`));
    const asked = cases.filter(canBeAsked);
    const answers = new Map(
      (await askPeers(peers.program, folder, asked)).map((answer) => [answer.id, answer]),
    );
    const wrong = asked.flatMap(({ id, expect }) => {
      const { verdict, reason = "" } = answers.get(id)!;
      return verdict === (expect === "ACCEPT" ? "accept" : "reject") ? [] : [{ id, expect, verdict, reason }];
    });
    // A verifier that refuses everything of a kind is never wrong about what must be refused.
    const positive = asked.filter(({ expect }) => expect === "ACCEPT");
    const taken = positive.filter(({ id }) => answers.get(id)!.verdict === "accept").length;
    let ours = 0;
    for (const one of cases) if ((await runCase(folder, one)).actual !== one.expect) ours += 1;
    const peer = peerNames[kind];
    if (json) {
      for (const { id, expect, verdict, reason } of wrong)
        process.stdout.write(
          `${JSON.stringify({ bench: "attestation-cases", case: id, expect, peer, verdict, reason })}\n`,
        );
      const summary = {
        accepted: taken,
        acceptable: positive.length,
        asked: asked.length,
        wrong: wrong.length,
        notAsked: cases.length - asked.length,
      };
      const line = { bench: "attestation-cases", case: kind, value: ours, unit: "wrong cases", peer };
      process.stdout.write(`${JSON.stringify({ ...line, peerValue: wrong.length, ...summary })}\n`);
      continue;
    }
    process.stdout.write(
      `\n${peer}: ${wrong.length} of ${asked.length} cases wrong, ${cases.length - asked.length} not asked; accepts ${taken} of ${positive.length} that must be accepted; `,
    );
    process.stdout.write(
      `apoc: ${ours} of ${cases.length}\n\n| case | expected | ${peer} | reason |\n|---|---|---|---|\n`,
    );
    for (const { id, expect, verdict, reason } of wrong)
      process.stdout.write(
        `| ${id} | ${expect} | ${verdict} | ${reason.replaceAll(/[|\s]+/g, " ").slice(0, 120)} |\n`,
      );
  }
}
