/** The same for the entries that are for Node: files in threads, key providers. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  addRecipients,
  type EncryptedLayer,
  generateImageKey,
  type KeyProvider,
  removeRecipients,
} from "ocicrypt-js";
import {
  createKeyProvider,
  jweKeyService,
  type KeyProviderConfig,
  type KeyProviderServer,
  type KeyProviderService,
  parseKeyProviderConfig,
  serveKeyProvider,
} from "ocicrypt-js/keyprovider";
import {
  type DecryptedLayer,
  decryptLayerFile,
  type DecryptLayerFileOptions,
  encryptLayerFile,
  type PipelineOptions,
} from "ocicrypt-js/node";

const folder = await mkdtemp(join(tmpdir(), "ocicrypt-consumer-"));
const { publicJwk, privateJwk } = await generateImageKey();
const service: KeyProviderService = jweKeyService({ recipient: publicJwk, keys: [privateJwk] });
const server: KeyProviderServer = await serveKeyProvider(service, { address: "127.0.0.1:0" });
try {
  const plain = randomBytes(3_000_000);
  await writeFile(join(folder, "plain"), plain);
  const threads: PipelineOptions = { threads: 2, signal: AbortSignal.timeout(60_000) };
  const layer: EncryptedLayer = await encryptLayerFile(
    { mediaType: "application/vnd.oci.image.layer.v1.tar" },
    join(folder, "plain"),
    join(folder, "encrypted"),
    { recipients: [publicJwk], ...threads },
  );
  const config: KeyProviderConfig = parseKeyProviderConfig(
    Buffer.from(JSON.stringify({ "key-providers": { own: { grpc: server.address } } })),
  );
  const providers: KeyProvider[] = Object.entries(config).map(([name, attributes]) =>
    createKeyProvider(name, attributes, { parameters: ["x"], timeout: 10_000 }),
  );
  const both = await addRecipients(layer, { keys: [privateJwk] }, { providers });
  const provided = removeRecipients(both, ({ scheme }) => scheme === "jwe");
  const options: DecryptLayerFileOptions = { providers, ...threads };
  const decrypted: DecryptedLayer = await decryptLayerFile(
    provided,
    join(folder, "encrypted"),
    join(folder, "back"),
    options,
  );
  assert.equal(decrypted.size, plain.length);
  assert.ok((await readFile(join(folder, "back"))).equals(plain));
} finally {
  await server.close();
  await rm(folder, { recursive: true });
}
