// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Arithmetic of what is owed
/// @notice Costs are evaluated on cumulative quantities, never per step: no sequence of small steps loses or gains a
/// unit, and because floor(a) + floor(b) <= floor(a + b), the floor over the sum of all payees covers each of them.
/// Callers keep amounts and rates below 2^96, seconds and shares below 2^32, so nothing here can overflow.
library Accrual {
    /// @dev Shares are parts per million.
    uint256 internal constant SHARE_UNIT = 1e6;
    /// @dev Rates are scaled by 2^32: ten dollars a month is less than four base units a second.
    uint256 internal constant RATE_BITS = 32;

    /// @notice Base units owed after `secs` seconds at `rate`.
    function rateCost(uint256 rate, uint256 secs) internal pure returns (uint256) {
        unchecked {
            return (rate * secs) >> RATE_BITS;
        }
    }

    /// @notice Base units owed as `share` of an execution cost of `exec`.
    function shareCost(uint256 exec, uint256 share) internal pure returns (uint256) {
        unchecked {
            return (exec * share) / SHARE_UNIT;
        }
    }

    /// @notice The most seconds whose cost at `rate` is not above `budget`; unbounded if nothing is charged.
    function secondsFor(uint256 budget, uint256 rate) internal pure returns (uint256) {
        unchecked {
            return rate == 0 ? type(uint256).max : (((budget + 1) << RATE_BITS) - 1) / rate;
        }
    }

    /// @notice The highest execution cost which, with `share` on top, is not above `budget`.
    function execFor(uint256 budget, uint256 share) internal pure returns (uint256) {
        unchecked {
            return ((budget + 1) * SHARE_UNIT - 1) / (SHARE_UNIT + share);
        }
    }
}
