// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Accrual} from "../../../contracts/libraries/Accrual.sol";

/// @title What SMTChecker proves of the arithmetic (scripts/audit/smt.ts)
/// @notice Every argument takes every value of its type; each `assert` is proved for all of them, and so is that
/// nothing in the library overflows, underflows or divides by zero. The functions have neither loops nor state, so the
/// bounded model checker leaves nothing out. Sums over up to 16 payees follow by induction from `sum…` for two: the
/// first k payees are `a`, whose width is that of the sum of a header (uint96, uint32), the next one is `b`.
contract AccrualProofs {
    // ----------------------------------------------------------------------------------------- costs are floors

    function rateCost_isTheFloor(uint96 rate, uint32 secs) external pure {
        uint256 exact = uint256(rate) * secs;
        uint256 cost = Accrual.rateCost(rate, secs);
        assert(cost * 2 ** 32 <= exact);
        assert(exact < (cost + 1) * 2 ** 32);
        assert(cost <= type(uint96).max);
    }

    function shareCost_isTheFloor(uint96 exec, uint32 share) external pure {
        uint256 exact = uint256(exec) * share;
        uint256 cost = Accrual.shareCost(exec, share);
        assert(cost * 1e6 <= exact);
        assert(exact < (cost + 1) * 1e6);
        assert(cost < 2 ** 109);
    }

    // ------------------------------------------------------------------- the sum covers its parts, up to one unit

    function sumOfRates_coversItsParts(uint96 a, uint96 b, uint32 secs) external pure {
        uint256 parts = Accrual.rateCost(a, secs) + Accrual.rateCost(b, secs);
        uint256 whole = Accrual.rateCost(uint256(a) + b, secs);
        assert(parts <= whole);
        assert(whole <= parts + 1);
    }

    function sumOfShares_coversItsParts(uint96 exec, uint32 a, uint32 b) external pure {
        uint256 parts = Accrual.shareCost(exec, a) + Accrual.shareCost(exec, b);
        uint256 whole = Accrual.shareCost(exec, uint256(a) + b);
        assert(parts <= whole);
        assert(whole <= parts + 1);
    }

    // --------------------------------------------------------------------------------------- nothing owed shrinks

    function rateCost_isMonotone(uint96 rate, uint32 secs, uint32 more) external pure {
        assert(Accrual.rateCost(rate, secs) <= Accrual.rateCost(rate, uint256(secs) + more));
    }

    function shareCost_isMonotone(uint96 exec, uint96 more, uint32 share) external pure {
        assert(Accrual.shareCost(exec, share) <= Accrual.shareCost(uint256(exec) + more, share));
    }

    function secondsFor_isMonotone(uint96 budget, uint96 more, uint96 rate) external pure {
        assert(Accrual.secondsFor(budget, rate) <= Accrual.secondsFor(uint256(budget) + more, rate));
    }

    // --------------------------------------------------------------- what the funds pay for is what they can pay for

    function secondsFor_isTheMostThatFits(uint96 budget, uint96 rate) external pure {
        if (rate == 0) return;
        uint256 secs = Accrual.secondsFor(budget, rate);
        assert(Accrual.rateCost(rate, secs) <= budget);
        assert(Accrual.rateCost(rate, secs + 1) > budget);
    }

    function secondsFor_isUnboundedWhereNothingIsCharged(uint96 budget) external pure {
        assert(Accrual.secondsFor(budget, 0) == type(uint256).max);
    }

    function execFor_isTheMostThatFits(uint96 budget, uint32 share) external pure {
        uint256 exec = Accrual.execFor(budget, share);
        assert(exec + Accrual.shareCost(exec, share) <= budget);
        assert(exec + 1 + Accrual.shareCost(exec + 1, share) > budget);
    }

    // ------------------------------------------------------------- what a channel does with them (Accounts, by hand)

    /// @dev Funded seconds are never more than what passed, and their cost never more than the budget.
    function funded_areCovered(uint96 budget, uint96 rate, uint32 elapsed) external pure {
        uint256 funded = _funded(budget, rate, elapsed);
        assert(funded <= elapsed);
        assert(Accrual.rateCost(rate, funded) <= budget);
    }

    /// @dev Time never takes a funded second away.
    function funded_areMonotone(uint96 budget, uint96 rate, uint32 elapsed, uint32 more) external pure {
        assert(_funded(budget, rate, elapsed) <= _funded(budget, rate, uint40(elapsed) + more));
    }

    /// @dev A claim within what the funds allow leaves the rates until now covered, and takes no more than there is:
    /// `left` are the funds without one-time fees, `rates` what the rates came to.
    function claim_neverExceedsTheFunds(uint96 left, uint96 rates, uint32 share, uint96 asked) external pure {
        if (rates > left) return;
        uint256 limit = Accrual.execFor(left - rates, share);
        uint256 claimed = asked < limit ? asked : limit;
        assert(claimed <= asked);
        assert(claimed + Accrual.shareCost(claimed, share) + rates <= left);
    }

    /// @dev A refund takes the budget down to the cost of the funded seconds, which is enough for each of them; that
    /// there are no more follows from `secondsFor_isMonotone`.
    function refund_leavesFundedSeconds(uint96 rate, uint32 funded) external pure {
        assert(funded <= Accrual.secondsFor(Accrual.rateCost(rate, funded), rate));
    }

    function _funded(uint96 budget, uint96 rate, uint40 elapsed) private pure returns (uint256) {
        uint256 most = Accrual.secondsFor(budget, rate);
        return elapsed < most ? elapsed : most;
    }
}
