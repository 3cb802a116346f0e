// The development attester as a process of its own:
//   node --conditions apoc-source packages/devnet/src/tee/main.ts --dir FOLDER --socket PATH [--measurement HEX]
// Prints one line of JSON when it serves: {"socket", "root", "measurement", "policy"}. Ends on SIGTERM and SIGINT.
import { parseArgs } from "node:util";
import { decodeHex, toHex } from "@apoc/encoding";
import { isApocError } from "@apoc/errors";
import { createDevelopmentRoot } from "./root.ts";
import { serveDevelopmentTee } from "./serve.ts";
import { developmentTrustPolicy } from "./trust-policy.ts";

async function main(): Promise<void> {
  const options = {
    dir: { type: "string" },
    socket: { type: "string" },
    measurement: { type: "string" },
  } as const;
  const { dir, socket, measurement } = parseArgs({ options, strict: true }).values;
  if (dir === undefined || socket === undefined) throw new TypeError("--dir and --socket are required");
  process.stderr.write(
    "DEVELOPMENT ONLY - NOT A TEE: this process protects nothing and attests to anything.\n",
  );
  const root = await createDevelopmentRoot({ dir });
  const served = await serveDevelopmentTee({
    root,
    socketPath: socket,
    ...(measurement === undefined ? {} : { measurement: readMeasurement(measurement) }),
  });
  const policy = developmentTrustPolicy(root, served.tee.measurement);
  process.stdout.write(
    `${JSON.stringify({ socket, root: root.sha256, measurement: toHex(served.tee.measurement), policy })}\n`,
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void served.close());
}

function readMeasurement(text: string): Uint8Array {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new TypeError("--measurement: expected lower-case hexadecimal");
  return bytes;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${isApocError(error) ? `${error.code} ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
}
