/** A `cmd` key provider as ocicrypt starts it: argument 1 is the private key file, argument 2 the public one. */
import { readFile } from "node:fs/promises";
import { importPrivateKey, importPublicKey } from "ocicrypt-js";
import { answerCommand, jweKeyService } from "ocicrypt-js/keyprovider";

const [privateFile = "", publicFile = ""] = process.argv.slice(2);
try {
  const keys = [await importPrivateKey(await readFile(privateFile))];
  const recipient = await importPublicKey(await readFile(publicFile));
  await answerCommand(jweKeyService({ keys, recipient }));
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
}
