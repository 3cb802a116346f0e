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
/// funds can pay, so they are the same however often, and by whom, the channel was called in between. Only a deposit
/// must settle them first, so that new funds do not pay for seconds without funds.
library Accounts {
    /// @notice The present second; time stops in 2106.
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function time() internal view returns (uint256) {
        return block.timestamp < type(uint32).max ? block.timestamp : type(uint32).max;
    }

    /// @notice Seconds from `start` to the present, or to the end of the unlock when that is past. Only for accepted
    /// channels.
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function elapsed(Ledger ledger) internal view returns (uint256) {
        uint256 until = time();
        uint256 end = ledger.end();
        if (end != 0 && end < until) until = end;
        return until - ledger.start();
    }

    /// @notice What the rates can be paid from: the funds less everything else that is owed or was paid from them.
    function rateBudget(Ledger ledger, IPaymentChannel.Header calldata header) internal pure returns (uint256) {
        uint256 exec = ledger.exec();
        uint256 owed;
        unchecked {
            // Three numbers below 2^128.
            owed = uint256(header.sumOneTime) + exec + Accrual.shareCost(exec, header.sumShare);
        }
        return ledger.funds() - owed;
    }

    /// @notice Seconds from acceptance to the present in which all rates were covered. Only for accepted channels.
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function fundedSeconds(Ledger ledger, IPaymentChannel.Header calldata header) internal view returns (uint256) {
        uint256 passed = elapsed(ledger);
        uint256 covered = Accrual.secondsFor(rateBudget(ledger, header), header.sumRate);
        return passed < covered ? passed : covered;
    }

    /// @notice What is not due to anybody at the present second.
    function available(Ledger ledger, IPaymentChannel.Header calldata header) internal view returns (uint256) {
        if (ledger.start() == 0) return ledger.funds();
        return rateBudget(ledger, header) - Accrual.rateCost(header.sumRate, fundedSeconds(ledger, header));
    }

    /// @notice `exec`, or as much of it as cap and funds allow as cumulative execution cost at the present second.
    /// @dev The cap counts from acceptance. Where the lesser time since `start` already allows `exec`, the seconds
    /// without funds between the two make no difference, and the second slot is not read.
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function claimable(
        Ledger ledger,
        Account storage account,
        IPaymentChannel.Header calldata header,
        uint256 exec
    ) internal view returns (uint256) {
        uint256 passed = elapsed(ledger);
        uint256 cap = Accrual.rateCost(header.maxExecRate, passed) + header.execBurst;
        if (exec > cap) {
            cap = Accrual.rateCost(header.maxExecRate, passed + account.status.unfunded()) + header.execBurst;
            exec = Math.min(exec, cap);
        }
        uint256 rates = Accrual.rateCost(header.sumRate, fundedSeconds(ledger, header));
        return Math.min(exec, Accrual.execFor(ledger.funds() - header.sumOneTime - rates, header.sumShare));
    }

    /// @notice What a payee has accrued so far, less what it was paid.
    function due(
        Ledger ledger,
        IPaymentChannel.Header calldata header,
        IPaymentChannel.Payee calldata payee,
        PayeeAccount account
    ) internal view returns (uint256) {
        if (ledger.start() == 0) return 0;
        uint256 rate = payee.rate;
        uint256 promised = rate == 0 ? 0 : Accrual.rateCost(rate, fundedSeconds(ledger, header));
        unchecked {
            // Four numbers below 2^128.
            promised += uint256(payee.oneTime) + Accrual.shareCost(ledger.exec(), payee.share) + account.metered();
        }
        return promised - account.paid();
    }

    /// @notice Seconds from acceptance to the present in which the rates were not covered, and which `start` does not
    /// count yet.
    function unfundedSeconds(Ledger ledger, IPaymentChannel.Header calldata header) internal view returns (uint256) {
        if (ledger.start() == 0) return 0;
        return elapsed(ledger) - fundedSeconds(ledger, header);
    }
}
