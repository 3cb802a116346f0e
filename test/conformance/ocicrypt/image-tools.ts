import { debian13, debian13Present } from "../debian13.ts";
import { buildPeer, runPeer } from "../peers/programs.ts";
import { skopeoPresent, type Workplace } from "../skopeo.ts";

/** Another program that encrypts and decrypts images of layout folders, under the tag `v1`. */
export interface ImageTool {
  readonly name: string;
  /** Whether its ocicrypt is 1.1.10 or later, which reads the `alg` of an EC JWK and asks key providers. */
  readonly recent: boolean;
  encrypt(
    place: Workplace,
    from: string,
    to: string,
    recipient: string,
    env?: NodeJS.ProcessEnv,
  ): Promise<unknown>;
  decrypt(place: Workplace, from: string, to: string, key: string, env?: NodeJS.ProcessEnv): Promise<unknown>;
}

/** The tools that are there. */
export async function imageTools(): Promise<ImageTool[]> {
  const tools: ImageTool[] = [];
  if (await skopeoPresent()) tools.push(skopeo("skopeo of the system", "skopeo", false));
  if (debian13Present()) tools.push(skopeo("skopeo 1.18", debian13.skopeo, true));
  const imgcopy = await buildPeer("imgcopy");
  if (imgcopy !== undefined) {
    tools.push({
      name: "imgcopy",
      recent: true,
      encrypt: (_place, from, to, recipient, env) =>
        runPeer(imgcopy, ["--encryption-key", recipient, `oci:${from}:v1`, `oci:${to}:v1`], env),
      decrypt: (_place, from, to, key, env) =>
        runPeer(imgcopy, ["--decryption-key", key, `oci:${from}:v1`, `oci:${to}:v1`], env),
    });
  }
  return tools;
}

function skopeo(name: string, program: string, recent: boolean): ImageTool {
  const copy = (place: Workplace, words: readonly string[], env?: NodeJS.ProcessEnv) =>
    runPeer(program, ["--policy", place.at("policy.json"), "--tmpdir", place.path, "copy", ...words], env);
  return {
    name,
    recent,
    encrypt: (place, from, to, recipient, env) =>
      copy(place, ["--encryption-key", recipient, `oci:${from}:v1`, `oci:${to}:v1`], env),
    decrypt: (place, from, to, key, env) =>
      copy(place, ["--decryption-key", key, `oci:${from}:v1`, `oci:${to}:v1`], env),
  };
}
