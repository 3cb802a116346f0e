import {
  BaseError,
  HttpRequestError,
  MethodNotFoundRpcError,
  MethodNotSupportedRpcError,
  ResponseBodyTooLargeError,
  RpcRequestError,
  TimeoutError,
} from "viem";

/** Why an endpoint returned no logs for a range of blocks. */
export class Refusal {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }

  get timeout(): boolean {
    return this.#find(TimeoutError) !== undefined;
  }

  /** The client's limit of an answer in bytes, where that was exceeded. */
  get maxBytes(): number | undefined {
    return this.#find(ResponseBodyTooLargeError)?.maxSize;
  }

  /** In the endpoint's words, or in those of the client. */
  get reason(): string {
    const tooLarge = this.#find(ResponseBodyTooLargeError);
    if (tooLarge !== undefined) return `${tooLarge.size} bytes or more`;
    const { details, shortMessage } = this.error as BaseError;
    return details || shortMessage;
  }

  /**
   * Whether fewer blocks may help: the endpoint answered with an error, with too many bytes, or not in time. They do not
   * where nobody answers, access is refused, there were too many requests, or the method is not served.
   */
  get divisible(): boolean {
    if (this.#find(MethodNotFoundRpcError) ?? this.#find(MethodNotSupportedRpcError)) return false;
    const rpc = this.#find(RpcRequestError);
    const status = rpc?.status ?? this.#find(HttpRequestError)?.status;
    if (status !== undefined) return ![401, 403, 404, 429].includes(status);
    if (rpc !== undefined) return ![429, -32_007].includes(rpc.code);
    return this.timeout || this.maxBytes !== undefined;
  }

  #find<T>(type: abstract new (...args: never[]) => T): T | undefined {
    const found: unknown =
      this.error instanceof BaseError ? this.error.walk((item) => item instanceof type) : undefined;
    return found instanceof type ? found : undefined;
  }
}
