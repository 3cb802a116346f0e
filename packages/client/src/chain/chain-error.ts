import { ApocError, isApocError } from "@apoc/errors";
import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
} from "viem";
import { clientErrors } from "../errors.ts";

/**
 * A failure of the chain client as a coded error. `actual` of TRANSACTION_REVERTED is the name of the contract's error,
 * so that a caller can tell which rule said no. `where` names the call.
 */
export function chainError(error: unknown, where: string): ApocError {
  if (isApocError(error)) return error;
  if (error instanceof BaseError) {
    const find = <T>(type: abstract new (...args: never[]) => T): T | undefined => {
      const found: unknown = error.walk((item) => item instanceof type);
      return found instanceof type ? found : undefined;
    };
    const reverted = find(ContractFunctionRevertedError);
    if (reverted !== undefined) {
      const args = reverted.data?.args?.map((value) =>
        typeof value === "bigint" ? value.toString() : JSON.stringify(value),
      );
      return new ApocError(clientErrors.TRANSACTION_REVERTED, {
        field: where,
        actual:
          reverted.data?.errorName === "Error"
            ? reverted.reason
            : (reverted.data?.errorName ?? reverted.signature),
        detail: args === undefined || args.length === 0 ? undefined : `Arguments: ${args.join(", ")}`,
        cause: error,
      });
    }
    if (find(ContractFunctionZeroDataError) !== undefined) {
      return new ApocError(clientErrors.TRANSACTION_REVERTED, {
        field: where,
        detail: "There is no contract at the address.",
        cause: error,
      });
    }
    if (find(UserRejectedRequestError) !== undefined) {
      return new ApocError(clientErrors.SIGNING_DECLINED, { field: where, cause: error });
    }
    if (find(InsufficientFundsError) !== undefined) {
      return new ApocError(clientErrors.NETWORK_FEE_UNPAYABLE, {
        field: where,
        next: { action: "show-balance" },
        cause: error,
      });
    }
    if (find(WaitForTransactionReceiptTimeoutError) !== undefined) {
      return new ApocError(clientErrors.TRANSACTION_UNCONFIRMED, { field: where, cause: error });
    }
    const unreachable = find(HttpRequestError) ?? find(TimeoutError);
    if (unreachable !== undefined) {
      return new ApocError(clientErrors.CHAIN_UNREACHABLE, {
        field: where,
        next: { action: "check-chain" },
        cause: error,
      });
    }
  }
  return new ApocError(clientErrors.CHAIN_FAILED, {
    field: where,
    detail: (error as Error).message,
    cause: error,
  });
}
