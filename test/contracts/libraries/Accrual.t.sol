// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Accrual} from "../../../contracts/libraries/Accrual.sol";
import {equal, isTrue, within} from "../support/Vm.sol";

/// @notice Properties that everything else relies on, over the whole range of the types.
contract AccrualTest {
    uint256 private constant MAX_SECONDS = type(uint32).max;

    function testFuzz_secondsFor_isTheMostThatFits(uint96 budget, uint96 rate) external pure {
        if (rate == 0) return;
        uint256 secs = Accrual.secondsFor(budget, rate);
        isTrue(Accrual.rateCost(rate, secs) <= budget, "fits");
        isTrue(Accrual.rateCost(rate, secs + 1) > budget, "one more does not");
    }

    function testFuzz_execFor_isTheMostThatFits(uint96 budget, uint32 share) external pure {
        uint256 exec = Accrual.execFor(budget, share);
        isTrue(exec + Accrual.shareCost(exec, share) <= budget, "fits");
        isTrue(exec + 1 + Accrual.shareCost(exec + 1, share) > budget, "one more does not");
    }

    function testFuzz_sumCoversItsParts(uint96 exec, uint32 secs, uint32[3] memory shares, uint96[3] memory rates)
        external
        pure
    {
        uint256 share = (uint256(shares[0]) + shares[1]) + shares[2];
        uint256 rate = (uint256(rates[0]) + rates[1]) + rates[2];
        uint256 parts = Accrual.shareCost(exec, shares[0]) + Accrual.shareCost(exec, shares[1])
            + Accrual.shareCost(exec, shares[2]);
        isTrue(parts <= Accrual.shareCost(exec, share), "shares");
        isTrue(Accrual.shareCost(exec, share) - parts <= 2, "dust of shares");
        parts = Accrual.rateCost(rates[0], secs) + Accrual.rateCost(rates[1], secs) + Accrual.rateCost(rates[2], secs);
        isTrue(parts <= Accrual.rateCost(rate, secs), "rates");
        isTrue(Accrual.rateCost(rate, secs) - parts <= 2, "dust of rates");
    }

    function testFuzz_costsNeverFall(uint96 rate, uint96 exec, uint32 share, uint32 secs, uint32 more) external pure {
        secs = uint32(within(secs, 0, MAX_SECONDS - more));
        isTrue(Accrual.rateCost(rate, uint256(secs) + more) >= Accrual.rateCost(rate, secs), "rate");
        isTrue(Accrual.shareCost(uint256(exec) + more, share) >= Accrual.shareCost(exec, share), "share");
    }

    function test_freeTimeIsUnbounded() external pure {
        equal(Accrual.secondsFor(0, 0), type(uint256).max, "seconds");
    }

    function test_tenUnitsAMonthAreNotLost() external pure {
        // 10 USDC (6 decimals) in 30 days: 3.858 units a second; an integer rate would lose more than a fifth.
        uint256 rate = (uint256(10e6) << 32) / 30 days;
        isTrue(10e6 - Accrual.rateCost(rate, 30 days) <= 1, "a month");
    }
}
