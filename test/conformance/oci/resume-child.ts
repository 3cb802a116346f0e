// A process of its own for resume.test.ts, to be killed, or to be one of many that write at once:
//   copy SOURCE DIRECTORY | refer REGISTRY REPOSITORY NAME COUNT
import { copy, encodeCanonicalJson, mediaTypes, RemoteRepository, sha256Digest } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";

const [command, ...args] = process.argv.slice(2);
if (command === "copy") {
  const [reference = "", directory = ""] = args;
  await copy(new RemoteRepository({ reference }), "v1", await openLayout(directory, { create: true }), {
    tags: ["v1"],
    onProgress: (event) => process.send?.(event),
  });
} else {
  const [registry = "", repository = "", name = "", count = "0"] = args;
  const target = new RemoteRepository({ reference: { registry, repository } });
  const subject = await target.resolve("v1");
  const empty = Buffer.from("{}");
  const config = { mediaType: mediaTypes.empty, digest: sha256Digest(empty), size: 2 };
  await target.push(config, empty);
  for (let i = 0; i < Number(count); i++) {
    const bytes = encodeCanonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: "application/vnd.example",
      config,
      layers: [config],
      subject,
      annotations: { name: `${name}${i}` },
    });
    const digest = sha256Digest(bytes);
    await target.push({ mediaType: mediaTypes.manifest, digest, size: bytes.length }, bytes);
  }
}
process.disconnect?.();
