// The page's program: what ocicrypt-js's main entry does in a browser, with bytes in base64 at its border.
import {
  addRecipients,
  type Content,
  decryptLayer,
  type EncryptedLayer,
  encryptLayer,
  importPrivateKey,
  importPublicKey,
  listRecipients,
} from "ocicrypt-js";

/** What the page is given: a layer that somebody else has encrypted, and keys as files. */
export interface PageTask {
  readonly layer: EncryptedLayer;
  readonly ciphertext: string;
  readonly privateFile: string;
  readonly passphrase?: string;
  readonly publicFile: string;
}

/** What it returns: the plaintext, and the same encrypted again for both keys. */
export interface PageResult {
  readonly plain: string;
  readonly layer: EncryptedLayer;
  readonly ciphertext: string;
  readonly recipients: number;
}

async function recrypt(task: PageTask): Promise<PageResult> {
  const key = await importPrivateKey(task.privateFile, "key", { passphrase: task.passphrase });
  const recipient = await importPublicKey(task.publicFile);
  const ciphertext = fromBase64(task.ciphertext);
  const plain = await gather(decryptLayer(task.layer, () => inChunks(ciphertext), { keys: [key] }));
  const encryption = encryptLayer(
    { mediaType: task.layer.mediaType.replace("+encrypted", "") },
    inChunks(plain),
    {
      recipients: [recipient],
    },
  );
  const made = await gather(encryption.content);
  const layer = await addRecipients(encryption.result(), { keys: [key] }, { recipients: [recipient] });
  return {
    plain: toBase64(plain),
    layer,
    ciphertext: toBase64(made),
    recipients: listRecipients(layer).length,
  };
}

/** Sizes that are no multiple of a block, so that the counter is taken up within one. */
async function* inChunks(bytes: Uint8Array): Content {
  for (let at = 0; at < bytes.length; at += 65_537) yield bytes.subarray(at, at + 65_537);
}

async function gather(content: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

Object.assign(globalThis, { recrypt });
