import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import type { KeyProvider } from "../key-provider.ts";
import { callCommand } from "./command-client.ts";
import type { KeyProviderAttributes } from "./config.ts";
import { callGrpc } from "./grpc-client.ts";
import { formatRequest, parseResult, type ProviderRequest } from "./protocol.ts";

export interface KeyProviderOptions {
  /** What `--encryption-key provider:NAME:VALUE` and `--decryption-key provider:NAME:VALUE` would pass on. */
  readonly parameters?: readonly (string | Uint8Array)[] | undefined;
  /** Milliseconds for one call; 30 000 by default. */
  readonly timeout?: number | undefined;
}

/**
 * A client of one configured key provider. It sends the parameters given here and the wrapped key, never private keys
 * or passwords, unlike ocicrypt.
 *
 * Its calls throw KEY_PROVIDER_UNREACHABLE, KEY_PROVIDER_REFUSED, KEY_PROVIDER_TIMEOUT, KEY_PROVIDER_MESSAGE,
 * KEY_PROVIDER_CONFIG, or the reason of the signal.
 */
export function createKeyProvider(
  name: string,
  attributes: KeyProviderAttributes,
  options: KeyProviderOptions = {},
): KeyProvider {
  const encoder = new TextEncoder();
  const values = (options.parameters ?? []).map((value) =>
    typeof value === "string" ? encoder.encode(value) : value,
  );
  const parameters = { [name]: values };
  const call = async (request: ProviderRequest, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const timeout = new AbortController();
    const milliseconds = options.timeout ?? 30_000;
    const timer = setTimeout(
      () =>
        timeout.abort(
          new ApocError(ocicryptErrors.KEY_PROVIDER_TIMEOUT, {
            field: name,
            expected: `an answer within ${milliseconds} ms`,
          }),
        ),
      milliseconds,
    );
    const either = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]);
    try {
      const bytes = formatRequest(request);
      const answer =
        "cmd" in attributes
          ? await callCommand(attributes.cmd, bytes, either)
          : await callGrpc(attributes, request.op, bytes, either);
      return parseResult(request.op, answer);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    name,
    wrap: (layerOptions, signal) => call({ op: "keywrap", parameters, options: layerOptions }, signal),
    unwrap: (packet, signal) => call({ op: "keyunwrap", parameters, packet }, signal),
  };
}
