import {
  BaseError,
  createTransport,
  type EIP1193Parameters,
  type EIP1193RequestFn,
  type EIP1193RequestOptions,
  http,
  type HttpTransport,
  type HttpTransportConfig,
  ResponseBodyTooLargeError,
} from "viem";

/**
 * Bytes of an answer about one block. An event costs at least 8 gas a byte and takes two characters a byte in the answer,
 * so this is enough for blocks of 260 million gas that hold nothing else; real ones are far smaller.
 */
const blockBytes = 64 * 1024 * 1024;
/** Milliseconds for such an answer. */
const blockTimeout = 60_000;

/**
 * viem's HTTP transport with two differences, both for `eth_getLogs`. An answer that exceeds the limit of bytes is not
 * requested again, since it would be as large. And the logs of a single block may exceed that limit: {@link readLogs}
 * divides ranges, but a block cannot be divided, and a stranger could fill one with events that nobody can read.
 */
export function chainHttp(url: string, config: HttpTransportConfig = {}): HttpTransport {
  const range = http(url, { ...config, retryCount: 0 });
  const block = http(url, { ...config, retryCount: 0, maxResponseBodySize: blockBytes });
  return (parameters) => {
    const usual = range(parameters);
    const large = block({ ...parameters, timeout: blockTimeout });
    const request = (args: EIP1193Parameters, options?: EIP1193RequestOptions): Promise<unknown> =>
      (asksOneBlock(args) ? large : usual).request(args, options).catch((error: unknown) => {
        throw error instanceof ResponseBodyTooLargeError ? new AnswerTooLargeError(error) : error;
      });
    const retryCount = config.retryCount ?? parameters.retryCount;
    return createTransport(
      { ...usual.config, retryCount, request: request as EIP1193RequestFn },
      usual.value,
    ) as ReturnType<HttpTransport>;
  };
}

function asksOneBlock({ method, params }: { readonly method: string; readonly params?: unknown }): boolean {
  if (method !== "eth_getLogs") return false;
  const [{ fromBlock, toBlock }] = params as [{ fromBlock?: unknown; toBlock?: unknown }];
  return fromBlock !== undefined && fromBlock === toBlock;
}

/** viem retries errors that have no code; this one has that of HTTP's "content too large". */
class AnswerTooLargeError extends BaseError {
  readonly code = 413;
  constructor(cause: ResponseBodyTooLargeError) {
    super(cause.shortMessage, { cause, name: "AnswerTooLargeError" });
  }
}
