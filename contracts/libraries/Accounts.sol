// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPaymentChannel} from "../interfaces/IPaymentChannel.sol";
import {Account} from "../types/Account.sol";
import {Ledger} from "../types/Ledger.sol";
import {PayeeAccount} from "../types/PayeeAccount.sol";
import {Accrual} from "./Accrual.sol";

/// @title What a channel's slots mean at the present second
/// @notice Accrual is not stored as it happens. Funded seconds are the lesser of the time that passed and of what the
/// funds can pay, so they come out the same however often, and by whom, the channel was touched in between. Only a
/// deposit has to settle them first, so that new funds do not pay for seconds without funds.
library Accounts {
    /// @notice The present second, standing still in 2106.
    function time() internal view returns (uint32) {
        return uint32(Math.min(block.timestamp, type(uint32).max));
    }

    /// @notice The second at which accrual stands: now, or the end of the unlock when that is past.
    function horizon(Ledger ledger) internal view returns (uint256) {
        return ledger.end() == 0 ? time() : Math.min(time(), ledger.end());
    }

    /// @notice What the rates can be paid from: the funds less everything else that is owed or was paid of them.
    function rateBudget(Ledger ledger, IPaymentChannel.Header calldata header) internal pure returns (uint256) {
        uint256 exec = ledger.exec();
        return ledger.funds() - (header.sumOneTime + exec + Accrual.shareCost(exec, header.sumShare));
    }

    /// @notice Seconds from acceptance to the present in which all rates were covered. Only for accepted channels.
    function fundedSeconds(Ledger ledger, IPaymentChannel.Header calldata header)
        internal
        view
        returns (uint256)
    {
        uint256 elapsed = horizon(ledger) - ledger.start();
        return Math.min(elapsed, Accrual.secondsFor(rateBudget(ledger, header), header.sumRate));
    }

    /// @notice What is not due to anybody at the present second.
    function available(Ledger ledger, IPaymentChannel.Header calldata header) internal view returns (uint256) {
        if (ledger.start() == 0) return ledger.funds();
        return rateBudget(ledger, header) - Accrual.rateCost(header.sumRate, fundedSeconds(ledger, header));
    }

    /// @notice `exec`, or as much of it as cap and funds allow as cumulative execution cost at the present second.
    /// @dev The cap counts from acceptance. Where the lesser time since `start` already allows `exec`, the seconds
    /// without funds between the two make no difference, and the second slot is not read.
    function claimable(
        Ledger ledger,
        Account storage account,
        IPaymentChannel.Header calldata header,
        uint256 exec
    ) internal view returns (uint256) {
        uint256 elapsed = horizon(ledger) - ledger.start();
        uint256 cap = Accrual.rateCost(header.maxExecRate, elapsed) + header.execBurst;
        if (exec > cap) {
            cap = Accrual.rateCost(header.maxExecRate, elapsed + account.status.unfunded()) + header.execBurst;
            exec = Math.min(exec, cap);
        }
        uint256 rates = Accrual.rateCost(header.sumRate, fundedSeconds(ledger, header));
        return Math.min(exec, Accrual.execFor(ledger.funds() - header.sumOneTime - rates, header.sumShare));
    }

    /// @notice What a payee was promised so far, less what it was paid.
    function due(
        Ledger ledger,
        IPaymentChannel.Header calldata header,
        IPaymentChannel.Payee calldata payee,
        PayeeAccount account
    ) internal view returns (uint256) {
        if (ledger.start() == 0) return 0;
        uint256 promised = uint256(payee.oneTime) + Accrual.shareCost(ledger.exec(), payee.share) + account.metered();
        if (payee.rate != 0) promised += Accrual.rateCost(payee.rate, fundedSeconds(ledger, header));
        return promised - account.paid();
    }

    /// @notice Seconds from acceptance to the present in which the rates were not covered, and which `start` does not
    /// count yet.
    function unfundedSeconds(Ledger ledger, IPaymentChannel.Header calldata header) internal view returns (uint32) {
        if (ledger.start() == 0) return 0;
        return uint32(horizon(ledger) - ledger.start() - fundedSeconds(ledger, header));
    }
}
