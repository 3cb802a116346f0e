// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice Second slot of a channel, as one word: an accepted, funded and idle channel reads and writes it only to pay
/// the provider.
///
///   bits   0..95  providerPaid  of the execution cost, base units
///         96..191 metered       redeemed vouchers of all payees, base units; `funds + metered` stays below 2^96
///        192..223 unfunded      seconds since acceptance in which the rates were not covered
///        224      closed
type Status is uint256;

using Statuses for Status global;

/// @title Reading and changing a Status
library Statuses {
    function providerPaid(Status status) internal pure returns (uint256) {
        return uint96(Status.unwrap(status));
    }

    function metered(Status status) internal pure returns (uint256) {
        return uint96(Status.unwrap(status) >> 96);
    }

    function unfunded(Status status) internal pure returns (uint256) {
        return uint32(Status.unwrap(status) >> 192);
    }

    function closed(Status status) internal pure returns (bool) {
        return Status.unwrap(status) >> 224 != 0;
    }

    function withProviderPaid(Status status, uint96 value) internal pure returns (Status) {
        return Status.wrap(Status.unwrap(status) & ~uint256(type(uint96).max) | value);
    }

    function withMetered(Status status, uint96 value) internal pure returns (Status) {
        return Status.wrap(Status.unwrap(status) & ~(uint256(type(uint96).max) << 96) | uint256(value) << 96);
    }

    function withUnfunded(Status status, uint32 value) internal pure returns (Status) {
        return Status.wrap(Status.unwrap(status) & ~(uint256(type(uint32).max) << 192) | uint256(value) << 192);
    }

    function withClosed(Status status) internal pure returns (Status) {
        return Status.wrap(Status.unwrap(status) | uint256(1) << 224);
    }
}
