// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {HistoryProbes} from "./HistoryProbes.sol";
import {equal, isTrue} from "../../support/Vm.sol";

/// @notice The cheat codes with which a run leaves its counts behind.
interface Notes {
    function envOr(string calldata name, string calldata otherwise) external view returns (string memory);
    function toString(uint256 value) external pure returns (string memory);
    function toString(bytes calldata value) external pure returns (string memory);
    function writeLine(string calldata path, string calldata line) external;
}

Notes constant notes = Notes(address(uint160(uint256(keccak256("hevm cheat code")))));

struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @dev In this file, since the runner knows the contracts of test files only.
contract History is HistoryProbes {}

/// @notice What holds after every call of every history. Each function is one property, tried over histories of its own.
contract InvariantsTest {
    History private history;

    function setUp() external {
        history = new History();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(history);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](25);
        selectors[0] = history.wait.selector;
        selectors[1] = history.toggleBlock.selector;
        selectors[2] = history.create.selector;
        selectors[3] = history.createWithPermit.selector;
        selectors[4] = history.createWithPermit2.selector;
        selectors[5] = history.accept.selector;
        selectors[6] = history.deposit.selector;
        selectors[7] = history.depositWithPermit.selector;
        selectors[8] = history.depositWithPermit2.selector;
        selectors[9] = history.unlock.selector;
        selectors[10] = history.withdrawUnlocked.selector;
        selectors[11] = history.closeChannel.selector;
        selectors[12] = history.claim.selector;
        selectors[13] = history.claimByReceipt.selector;
        selectors[14] = history.claimAndWithdraw.selector;
        selectors[15] = history.withdrawProvider.selector;
        selectors[16] = history.terminate.selector;
        selectors[17] = history.redeem.selector;
        selectors[18] = history.withdraw.selector;
        selectors[19] = history.withdrawFor.selector;
        selectors[20] = history.withdrawMany.selector;
        selectors[21] = history.attackAsStranger.selector;
        selectors[22] = history.attackAsParty.selector;
        selectors[23] = history.attackWithSignature.selector;
        selectors[24] = history.attackWithTerms.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(history), selectors);
    }

    /// @dev A record a history and function: selector, calls, of which reverted, attacks (scripts/invariants.sh counts).
    function afterInvariant() external {
        string memory path = notes.envOr("APOC_CALLS", "");
        if (bytes(path).length == 0) return;
        for (uint256 i = 0; i < history.seenCount(); ++i) {
            bytes4 selector = history.seen(i);
            notes.writeLine(
                path,
                string.concat(
                    notes.toString(abi.encodePacked(selector)),
                    " ",
                    notes.toString(history.calls(selector)),
                    " ",
                    notes.toString(history.reverts(selector)),
                    " ",
                    notes.toString(history.attacks(selector)),
                    // Several properties write at a time, and the end of a line comes after it.
                    ";"
                )
            );
        }
    }

    /// @dev Balance = all that came in less all that went out, to the unit, of every token.
    function invariant_01_conservation() external view {
        for (uint256 i = 0; i < 3; ++i) {
            (address money, uint256 held,,) = history.totals(i);
            equal(held, history.paidIn(money) - history.paidOut(money), "held");
        }
    }

    function invariant_02_solvency() external view {
        for (uint256 i = 0; i < 3; ++i) {
            (, uint256 held, uint256 assigned,) = history.totals(i);
            isTrue(held >= assigned, "all that is owed is there");
        }
    }

    function invariant_03_exactnessWithinDust() external view {
        for (uint256 i = 0; i < 3; ++i) {
            (, uint256 held, uint256 assigned, uint256 dust) = history.totals(i);
            isTrue(held - assigned <= dust, "every unit is somebody's, but dust");
        }
    }

    function invariant_04_monotonicity() external view {
        equal(history.falls(), 0, "exec, funded seconds, payments and vouchers never fall");
    }

    function invariant_05_independenceOfWithdrawals() external {
        history.requireIndependence();
    }

    function invariant_06_orderIndependence() external {
        history.requireOrderIndependence();
    }

    function invariant_07_claimsUnderTheCap() external {
        equal(history.capExceeded(), 0, "claims over the cap");
        history.requireExecUnderCap();
    }

    function invariant_08_singleUseIds() external {
        history.requireIdsAreUsed();
    }

    function invariant_09_refundsAndPaymentsWithinDeposits() external view {
        history.requireWithinDeposits();
    }

    function invariant_10_frozenAfterUnlock() external {
        history.requireFrozenAfterUnlock();
    }

    function invariant_11_equalToPushModel() external {
        history.requireEqualToModel();
    }

    function invariant_12_attacksNeverSucceed() external view {
        if (history.breaches() != 0) revert(string(history.lastBreach()));
        history.requireStrangersHaveNothing();
    }

    /// @dev Calls work exactly when the model says so: nobody is blocked, and nothing is let through.
    function invariant_13_callsWorkWhenTheyShould() external view {
        if (history.surprises() != 0) revert(string(history.lastSurprise()));
    }

    function invariant_14_paymentsArriveWholeAtTheirAddress() external view {
        equal(history.misdirected(), 0, "payments of another amount or to another address");
    }

    function invariant_15_replaysDoNothing() external {
        history.requireReplaysDoNothing();
    }

    function invariant_16_statesEqualToModel() external {
        history.requireEqualStates();
    }

    function invariant_17_nothingBeforeAcceptance() external view {
        history.requireNothingBeforeAcceptance();
    }

    function invariant_18_canAlwaysBeWoundUp() external {
        history.requireWindUp();
    }
}
