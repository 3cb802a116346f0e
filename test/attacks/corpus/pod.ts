import type { ImageConfig } from "@apoc/oci";
import type { ChannelHeader, License, Payee, PodManifest } from "@apoc/core";
import { now, otherHash, people, scene } from "@apoc/core/testing";
import { type Attack, container } from "./attack.ts";

const genuine = await scene();
const payee = (change: Partial<Payee>): Attack => ({
  changes: { payees: ([paid]) => [{ ...paid!, ...change }] },
});
const header = (change: Partial<ChannelHeader>): Attack => ({ changes: { header: change } });
const ledger = (change: Partial<PodManifest["containers"][number]>): Attack => ({
  changes: container("ledger", change),
});
const mounts = (...paths: string[]): Attack =>
  ledger({ volumeMounts: paths.map((mountPath) => ({ name: "data", mountPath, readOnly: false })) });
const executing = (config: NonNullable<ImageConfig["config"]>, attack: Attack): Attack => ({
  changes: { ...attack.changes, config: (c) => ({ ...c, config }) },
});
const policy = (change: Partial<License["policy"]>, attack: Attack = {}): Attack => ({
  changes: { ...attack.changes, license: (l) => ({ ...l, policy: { ...l.policy, ...change } }) },
});

/** Against checks 6, 7 and 8: who is paid what, from which funds, and what is done to a licensed container. */
export const podAttacks: Record<string, readonly [code: string, attack: Attack]> = {
  "the developer left out": ["APOC-6602", { changes: { payees: () => [] } }],
  "the publisher paid in the developer's place": ["APOC-6602", payee({ to: people.publisher.address })],
  "payment for another image": ["APOC-6602", payee({ imageDigest: otherHash })],
  "a cheaper one-time price": ["APOC-6603", payee({ oneTime: 24_999_999n })],
  "a smaller share": ["APOC-6603", payee({ share: 99_999 })],
  "the cheap halves of two offers": ["APOC-6603", payee({ oneTime: 0n })],
  "another license hash": ["APOC-6603", payee({ licenseHash: otherHash })],
  "a metered cap of one's own": ["APOC-6603", payee({ meteredCap: 1n })],
  "an offer for another token": [
    "APOC-6603",
    {
      changes: {
        license: (l) => ({ ...l, offers: l.offers.map((o) => ({ ...o, token: people.stranger.address })) }),
      },
    },
  ],
  "an offer for another contract": [
    "APOC-6603",
    {
      changes: {
        license: (l) => ({
          ...l,
          offers: l.offers.map((o) => ({ ...o, contract: people.stranger.address })),
        }),
      },
    },
  ],
  "an offer on another chain": [
    "APOC-6603",
    {
      changes: {
        license: (l) => ({ ...l, offers: l.offers.map((o) => ({ ...o, chain: "eip155:1" as const })) }),
      },
    },
  ],
  "the channel of another provider": ["APOC-6601", header({ provider: people.stranger.address })],
  "a worthless token": ["APOC-6601", header({ token: people.stranger.address })],
  "a meter that never signs": ["APOC-6601", header({ meter: people.publisher.address })],
  "a rate below the price": ["APOC-6604", header({ maxExecRate: genuine.channel.header.maxExecRate - 1n })],
  "a bigger pod on a small pod's channel": [
    "APOC-6604",
    {
      changes: {
        ...container("web", { resources: { cpuMillis: 64_000, memoryBytes: 2 ** 40 } }),
        header: { maxExecRate: genuine.channel.header.maxExecRate },
      },
    },
  ],
  "a container more on a small pod's channel": [
    "APOC-6604",
    {
      changes: {
        manifest: (m) => ({ ...m, containers: [...m.containers, { ...m.containers[1]!, name: "miner" }] }),
        header: { maxExecRate: genuine.channel.header.maxExecRate },
      },
    },
  ],
  "an unlock before anybody can claim": ["APOC-6605", header({ grace: 599 })],
  "a channel accepted after its offer was revoked": ["APOC-6606", { changes: { offersEnd: now - 31 } }],
  "a channel accepted in the second of the revocation": ["APOC-6606", { changes: { offersEnd: now - 30 } }],
  "a sum of one-time prices that is not theirs": ["APOC-4003", header({ sumOneTime: 0n })],
  "a sum of shares that is not theirs": ["APOC-4003", header({ sumShare: 0 })],
  "a root of other payees": ["APOC-4003", header({ payeesRoot: otherHash })],

  "a channel that was never funded": ["APOC-6701", { changes: { state: { deposited: 0n } } }],
  "a channel that was not accepted": ["APOC-6702", { changes: { state: { acceptedAt: 0 } } }],
  "a channel on its way out": ["APOC-6703", { changes: { state: { unlockAt: 1_900_000_600 } } }],
  "a closed channel": ["APOC-6703", { changes: { state: { closed: true } } }],
  "a channel with the one-time price and nothing more": [
    "APOC-6704",
    { changes: { state: { deposited: 25_000_000n } } },
  ],
  "a channel drained by claims": ["APOC-6704", { changes: { state: { exec: 35_000_000n } } }],

  "another entrypoint": ["APOC-6801", ledger({ command: ["/bin/sh"] })],
  "the same entrypoint": ["APOC-6801", ledger({ command: ["/bin/ledger"] })],
  "arguments where the first is the program": ["APOC-6801", executing({ Cmd: ["/bin/ledger"] }, {})],
  "arguments after an empty entrypoint": [
    "APOC-6801",
    executing({ Entrypoint: [], Cmd: ["/bin/ledger"] }, {}),
  ],
  "arguments after an entrypoint of nothing": [
    "APOC-6801",
    executing({ Entrypoint: [""], Cmd: ["/bin/ledger"] }, {}),
  ],
  "arguments after a null entrypoint": ["APOC-6801", executing({ Entrypoint: null, Cmd: null } as never, {})],
  "the licensed image once more, with a shell": [
    "APOC-6801",
    {
      changes: {
        manifest: (m) => ({
          ...m,
          containers: [...m.containers, { ...m.containers[0]!, name: "twin", command: ["/bin/sh"] }],
        }),
      },
    },
  ],
  "arguments that are not open": ["APOC-6802", policy({ args: false })],
  "no arguments at all where they are not open": ["APOC-6802", policy({ args: false }, ledger({ args: [] }))],
  "a variable that is not open": ["APOC-6803", ledger({ env: [{ name: "DEBUG", value: "1" }] })],
  "an open variable in another case": ["APOC-6803", ledger({ env: [{ name: "ledger_name", value: "x" }] })],
  "a preload that the license opens": [
    "APOC-6803",
    ledger({ env: [{ name: "LD_PRELOAD", value: "/data/x.so" }] }),
  ],
  "a preload as a secret": ["APOC-6803", ledger({ env: [{ name: "LD_PRELOAD", secret: "x" }] })],
  "engines of OpenSSL": [
    "APOC-6803",
    policy({ env: ["OPENSSL_CONF"] }, ledger({ env: [{ name: "OPENSSL_CONF", value: "/data/x" }] })),
  ],
  "a mount over the program": ["APOC-6804", mounts("/bin")],
  "a mount over everything": ["APOC-6804", mounts("/")],
  "a mount beside an open path": ["APOC-6804", mounts("/database")],
  "a mount over the working directory": ["APOC-6804", policy({ mounts: ["/srv"] }, mounts("/srv"))],
  "a mount below a tree of programs that the license opens": ["APOC-6804", mounts("/usr/share/x")],
  "a mount below a mount: over what a link there names": ["APOC-6804", mounts("/data", "/data/x")],
  "a mount far below a mount": ["APOC-6804", mounts("/data/a/b/c", "/data/a")],
  "a mount on the image's PATH": [
    "APOC-6804",
    executing({ Entrypoint: ["ledger"], Env: ["PATH=/data/bin:/bin"] }, mounts("/data/bin")),
  ],
  "another working directory": ["APOC-6805", ledger({ workingDir: "/data" })],
};
