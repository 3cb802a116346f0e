// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPaymentChannel} from "../interfaces/IPaymentChannel.sol";
import {Ledger, Status, PayeeAccount, CLOSED} from "../types/Account.sol";
import {Accrual} from "./Accrual.sol";

/// @title What a channel's two slots mean at the present second
/// @notice Accrual is not stored as it happens. Funded seconds are the lesser of the time that passed and of what the
/// funds can pay, so they come out the same however often, and by whom, the channel was touched in between; they are
/// settled into storage only before the funds change.
library Accounts {
    /// @notice The present second, standing still in 2106.
    function time() internal view returns (uint32) {
        return uint32(Math.min(block.timestamp, type(uint32).max));
    }

    /// @notice The second at which accrual stands: now, or the end of the unlock when that is past.
    function horizon(Ledger memory ledger, Status memory status) internal view returns (uint32) {
        if (status.unlockAt == 0) return time();
        if (status.unlockAt == CLOSED) return ledger.last;
        return uint32(Math.min(time(), status.unlockAt));
    }

    /// @notice Second of acceptance; zero where not accepted.
    function acceptedAt(Ledger memory ledger, Status memory status) internal pure returns (uint32) {
        return ledger.start - status.unfunded;
    }

    /// @notice What the rates can be paid from: deposits less everything else that is owed or was paid.
    function rateBudget(Ledger memory ledger, Status memory status, IPaymentChannel.Header calldata header)
        internal
        pure
        returns (uint256)
    {
        return ledger.deposited - header.sumOneTime - ledger.exec - Accrual.shareCost(ledger.exec, header.sumShare)
            - status.metered;
    }

    /// @notice Seconds since acceptance, until `until`, in which all rates were covered. Only for accepted channels.
    function fundedSeconds(uint256 budget, Ledger memory ledger, uint256 sumRate, uint256 until)
        internal
        pure
        returns (uint256)
    {
        return Math.min(until - ledger.start, Accrual.secondsFor(budget, sumRate));
    }

    /// @notice Funded seconds at the present second; zero where not accepted.
    function fundedSeconds(Ledger memory ledger, Status memory status, IPaymentChannel.Header calldata header)
        internal
        view
        returns (uint256)
    {
        if (ledger.start == 0) return 0;
        return fundedSeconds(
            rateBudget(ledger, status, header), ledger, header.sumRate, horizon(ledger, status)
        );
    }

    /// @notice What is not due to anybody at the present second.
    function available(Ledger memory ledger, Status memory status, IPaymentChannel.Header calldata header)
        internal
        view
        returns (uint256)
    {
        if (ledger.start == 0) return ledger.deposited;
        uint256 budget = rateBudget(ledger, status, header);
        return budget
            - Accrual.rateCost(
                header.sumRate, fundedSeconds(budget, ledger, header.sumRate, horizon(ledger, status))
            );
    }

    /// @notice The highest cumulative execution cost that cap and funds allow at the present second.
    function claimLimit(Ledger memory ledger, Status memory status, IPaymentChannel.Header calldata header)
        internal
        view
        returns (uint256)
    {
        uint256 until = horizon(ledger, status);
        uint256 budget = rateBudget(ledger, status, header);
        uint256 rates = Accrual.rateCost(header.sumRate, fundedSeconds(budget, ledger, header.sumRate, until));
        uint256 unspent = budget - rates + ledger.exec + Accrual.shareCost(ledger.exec, header.sumShare);
        uint256 cap = Accrual.rateCost(header.maxExecRate, until - acceptedAt(ledger, status)) + header.execBurst;
        return Math.min(cap, Accrual.execFor(unspent, header.sumShare));
    }

    /// @notice What a payee was promised so far, less what it was paid.
    function due(
        Ledger memory ledger,
        uint256 funded,
        IPaymentChannel.Payee calldata payee,
        PayeeAccount memory account
    ) internal pure returns (uint256) {
        if (ledger.start == 0) return 0;
        return uint256(payee.oneTime) + Accrual.shareCost(ledger.exec, payee.share)
            + Accrual.rateCost(payee.rate, funded) + account.metered - account.paid;
    }

    /// @notice Moves the accrual until now from the formula into the two slots. To be called before the funds change.
    function settle(Ledger memory ledger, Status memory status, IPaymentChannel.Header calldata header) internal view {
        if (ledger.start == 0) return;
        uint32 until = horizon(ledger, status);
        uint32 start = until - uint32(fundedSeconds(ledger, status, header));
        status.unfunded += start - ledger.start;
        ledger.start = start;
        ledger.last = until;
    }
}
