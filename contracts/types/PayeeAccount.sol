// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice Slot of a payee, as one word, written at its first withdrawal or voucher.
///
///   bits  0..95  paid     base units
///        96..191 metered  redeemed vouchers, base units
type PayeeAccount is uint256;

using PayeeAccounts for PayeeAccount global;

/// @title Reading and changing a PayeeAccount
library PayeeAccounts {
    function paid(PayeeAccount account) internal pure returns (uint256) {
        return uint96(PayeeAccount.unwrap(account));
    }

    function metered(PayeeAccount account) internal pure returns (uint256) {
        return uint96(PayeeAccount.unwrap(account) >> 96);
    }

    function withPaid(PayeeAccount account, uint96 value) internal pure returns (PayeeAccount) {
        return PayeeAccount.wrap(PayeeAccount.unwrap(account) & ~uint256(type(uint96).max) | value);
    }

    function withMetered(PayeeAccount account, uint96 value) internal pure returns (PayeeAccount) {
        return PayeeAccount.wrap(uint96(PayeeAccount.unwrap(account)) | uint256(value) << 96);
    }
}
