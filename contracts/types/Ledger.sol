// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice First slot of a channel, as one word: everything that a claim or a payee's withdrawal needs.
///
///   bits   0..95  funds  deposits less refunds, less redeemed vouchers, base units
///         96..191 exec   execution cost claimed so far, base units
///        192..223 start  acceptance + unfunded seconds; 0: not accepted
///        224..255 end    accrual and the cap of claims end here; 0: no unlock
///
/// A channel exists where the word is not zero, permanently: it is created with `funds`, which leave it only after
/// `start` or `end` is set. Time is uint32: it stops for a channel in February 2106; from then on an unlock is over at
/// once, and dues stay withdrawable.
type Ledger is uint256;

using Ledgers for Ledger global;

/// @title Reading and changing a Ledger
/// @dev One word in, one word out, so that each entry point reads and writes the slot once.
library Ledgers {
    function pack(uint96 funds_, uint96 exec_, uint32 start_, uint32 end_) internal pure returns (Ledger) {
        return Ledger.wrap(uint256(funds_) | uint256(exec_) << 96 | uint256(start_) << 192 | uint256(end_) << 224);
    }

    function exists(Ledger ledger) internal pure returns (bool) {
        return Ledger.unwrap(ledger) != 0;
    }

    function funds(Ledger ledger) internal pure returns (uint256) {
        return uint96(Ledger.unwrap(ledger));
    }

    function exec(Ledger ledger) internal pure returns (uint256) {
        return uint96(Ledger.unwrap(ledger) >> 96);
    }

    function start(Ledger ledger) internal pure returns (uint256) {
        return uint32(Ledger.unwrap(ledger) >> 192);
    }

    function end(Ledger ledger) internal pure returns (uint256) {
        return Ledger.unwrap(ledger) >> 224;
    }

    function withFunds(Ledger ledger, uint96 value) internal pure returns (Ledger) {
        return Ledger.wrap(Ledger.unwrap(ledger) & ~uint256(type(uint96).max) | value);
    }

    function withExec(Ledger ledger, uint96 value) internal pure returns (Ledger) {
        return Ledger.wrap(Ledger.unwrap(ledger) & ~(uint256(type(uint96).max) << 96) | uint256(value) << 96);
    }

    function withStart(Ledger ledger, uint32 value) internal pure returns (Ledger) {
        return Ledger.wrap(Ledger.unwrap(ledger) & ~(uint256(type(uint32).max) << 192) | uint256(value) << 192);
    }

    function withEnd(Ledger ledger, uint32 value) internal pure returns (Ledger) {
        return Ledger.wrap(uint224(Ledger.unwrap(ledger)) | uint256(value) << 224);
    }
}
