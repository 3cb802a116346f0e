import { createHash } from "node:crypto";
import { mediaTypes, type Digest, type ImageConfig } from "@apoc/oci";
import { pack } from "tar-stream";
import { ApocError } from "@apoc/errors";
import { providerErrors } from "../../errors.ts";
import type { LoadableImage } from "./loadable-image.ts";

/**
 * The program that holds a pod's network namespace: it blocks SIGTERM and SIGINT, waits for one of them and exits.
 * Blocking matters: as process 1 it would otherwise never be sent them. Written here, byte by byte, so that no
 * image has to come from anywhere.
 */
const programs = {
  /* rt_sigprocmask(SIG_BLOCK, &set, NULL, 8) is call 14, rt_sigtimedwait(&set, NULL, NULL, 8) 128, exit(0) 60. */
  amd64: [
    0xb8,
    0x0e,
    0x00,
    0x00,
    0x00, // mov eax, 14
    0x31,
    0xff, // xor edi, edi
    0x48,
    0x8d,
    0x35,
    0x2f,
    0x00,
    0x00,
    0x00, // lea rsi, [rip + 47] -> set
    0x31,
    0xd2, // xor edx, edx
    0x41,
    0xba,
    0x08,
    0x00,
    0x00,
    0x00, // mov r10d, 8
    0x0f,
    0x05, // syscall
    0xb8,
    0x80,
    0x00,
    0x00,
    0x00, // wait: mov eax, 128
    0x48,
    0x8d,
    0x3d,
    0x19,
    0x00,
    0x00,
    0x00, // lea rdi, [rip + 25] -> set
    0x31,
    0xf6, // xor esi, esi
    0x31,
    0xd2, // xor edx, edx
    0x41,
    0xba,
    0x08,
    0x00,
    0x00,
    0x00, // mov r10d, 8
    0x0f,
    0x05, // syscall
    0x85,
    0xc0, // test eax, eax
    0x78,
    0xe4, // js wait
    0xb8,
    0x3c,
    0x00,
    0x00,
    0x00, // mov eax, 60
    0x31,
    0xff, // xor edi, edi
    0x0f,
    0x05, // syscall
    0x02,
    0x40,
    0x00,
    0x00,
    0x00,
    0x00,
    0x00,
    0x00, // set: SIGINT (bit 1), SIGTERM (bit 14)
  ],
  /* The same calls are 135, 137 and 93. */
  arm64: words(
    0xd2800000, // mov x0, 0
    0x100001e1, // adr x1, set
    0xd2800002, // mov x2, 0
    0xd2800103, // mov x3, 8
    0xd28010e8, // mov x8, 135
    0xd4000001, // svc 0
    0x10000140, // wait: adr x0, set
    0xd2800001, // mov x1, 0
    0xd2800002, // mov x2, 0
    0xd2800103, // mov x3, 8
    0xd2801128, // mov x8, 137
    0xd4000001, // svc 0
    0xb7ffff40, // tbnz x0, 63, wait
    0xd2800000, // mov x0, 0
    0xd2800ba8, // mov x8, 93
    0xd4000001, // svc 0
    0x00004002, // set
    0x00000000,
  ),
} as const;

export type PauseArchitecture = keyof typeof programs;

/** The pause program as a static ELF executable: one header, one loadable segment, no sections (ELF specification). */
export function pauseExecutable(architecture: PauseArchitecture): Uint8Array {
  const code = programs[architecture];
  const headers = 64 + 56;
  const base = 0x400000n;
  const elf = Buffer.alloc(headers + code.length);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]); // 64 bit, little endian, version 1, System V
  elf.writeUInt16LE(2, 16); // ET_EXEC
  elf.writeUInt16LE(architecture === "amd64" ? 62 : 183, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(base + BigInt(headers), 24); // entry point
  elf.writeBigUInt64LE(64n, 32); // program headers
  elf.writeUInt16LE(64, 52); // size of this header
  elf.writeUInt16LE(56, 54); // size of a program header
  elf.writeUInt16LE(1, 56); // their number
  elf.writeUInt32LE(1, 64); // PT_LOAD
  elf.writeUInt32LE(5, 68); // read, execute
  elf.writeBigUInt64LE(base, 80);
  elf.writeBigUInt64LE(base, 88);
  elf.writeBigUInt64LE(BigInt(elf.length), 96);
  elf.writeBigUInt64LE(BigInt(elf.length), 104);
  elf.writeBigUInt64LE(0x10000n, 112); // alignment: the largest page of either processor
  elf.set(code, headers);
  return elf;
}

/** The image with nothing but the pause program. Throws `POD_INVALID` on a processor it was not written for. */
export async function pauseImage(architecture: string): Promise<LoadableImage> {
  const known = { amd64: "amd64", x86_64: "amd64", arm64: "arm64", aarch64: "arm64" } as const;
  if (!Object.hasOwn(known, architecture)) {
    throw new ApocError(providerErrors.POD_INVALID, {
      field: "architecture",
      expected: "amd64 or arm64",
      actual: architecture,
    });
  }
  const processor = known[architecture as keyof typeof known];
  const tar = await tarOf("pause", pauseExecutable(processor));
  const parsedConfig: ImageConfig = {
    architecture: processor,
    os: "linux",
    config: { Entrypoint: ["/pause"], User: "65534:65534" },
    rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
  };
  const config = Buffer.from(JSON.stringify(parsedConfig));
  const descriptor = { mediaType: mediaTypes.layerTar, digest: digestOf(tar), size: tar.length };
  async function* open() {
    yield tar;
  }
  return { config, parsedConfig, layers: [{ descriptor, open }] };
}

async function tarOf(name: string, content: Uint8Array): Promise<Uint8Array> {
  const tar = pack();
  tar.entry({ name, mode: 0o755, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function words(...instructions: number[]): readonly number[] {
  return [...Buffer.from(Uint32Array.from(instructions).buffer)];
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
