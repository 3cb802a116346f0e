import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { keyOptions } from "./key-options.ts";

/** `apoc image keyprovider` */
export const command = defineCommand({
  description:
    "Answers skopeo, podman, buildah, containerd's ctd-decoder and CRI-O as a key provider of ocicrypt, so that a private key\n" +
    "stays in this process. Without --listen it answers one request on stdin, as a provider of kind `cmd` is asked; with\n" +
    "--listen it serves gRPC on this machine until Ctrl-C, and whoever can connect can ask.",
  options: {
    key: keyOptions.key,
    passphrase: keyOptions.passphrase,
    recipient: {
      flags: "--recipient <jwe:FILE>",
      description: "public key to wrap for; without it, wrapping is refused",
    },
    listen: { flags: "--listen <address>", description: "127.0.0.1:PORT or unix:///PATH" },
  },
  examples: [
    {
      text: "Serve a key to this machine's programs",
      command: "apoc image keyprovider --key private.pem --listen unix:///run/user/1000/keys.sock",
    },
  ],
  async run(ctx, { options }) {
    if (options.key.length === 0 && options.recipient === undefined) {
      throw new ApocError(terminalErrors.USAGE, {
        field: "--key",
        expected: "--key to unwrap with, or --recipient to wrap for",
        actual: "neither",
        hint: "apoc image keyprovider --help",
      });
    }
    // Loaded here so that help needs none of it.
    const [{ answerCommand, jweKeyService, serveKeyProvider }, { readPrivateKeys }, { readRecipient }] =
      await Promise.all([
        import("ocicrypt-js/keyprovider"),
        import("../../image/private-keys.ts"),
        import("../../image/recipients.ts"),
      ]);
    const keys = await readPrivateKeys(ctx, options.key, options.passphrase);
    const recipient =
      options.recipient === undefined ? undefined : await readRecipient(options.recipient, ctx.cwd);
    const service = jweKeyService({ keys, recipient });
    const { stdin, stdout } = ctx.io;
    if (options.listen === undefined) {
      await answerCommand(service, { input: stdin, output: stdout, signal: ctx.signal });
      return;
    }
    const server = await serveKeyProvider(service, {
      address: options.listen,
      onError: (error) => ctx.ui.warn(error instanceof Error ? error.message : String(error)),
    });
    ctx.ui.step(
      "Serving keys",
      `${keys.length} to unwrap with; wrapping ${recipient === undefined ? "refused" : "allowed"}`,
    );
    ctx.output.line({ address: server.address }, server.address);
    await new Promise<void>((resolve) => {
      if (ctx.signal.aborted) resolve();
      ctx.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await server.close();
  },
});
