// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {ear, Ear} from "../support/Ear.sol";
import {equal, vm} from "../support/Vm.sol";

/// @notice Each event of the channel, field by field, in the order in which they come.
contract EventsTest is ChannelFixture {
    function _expectCreation(uint96 amount, bool accepted) private {
        ear.expectEmit(address(channel));
        emit IPaymentChannel.ChannelCreated(
            id,
            publisher,
            provider,
            address(token),
            header.podId,
            header.meter,
            header.grace,
            header.acceptBy,
            header.maxExecRate,
            header.execBurst,
            amount,
            accepted
        );
        for (uint256 i = 0; i < payees.length; ++i) {
            IPaymentChannel.Payee memory payee = payees[i];
            ear.expectEmit(address(channel));
            emit IPaymentChannel.PayeeListed(
                id,
                payee.to,
                payee.imageDigest,
                payee.licenseHash,
                payee.oneTime,
                payee.rate,
                payee.share,
                payee.meteredCap
            );
        }
    }

    function test_creation_tellsTermsAndPayees() external {
        header.meter = meter;
        _complete();
        _expectCreation(77_777, false);
        _create(77_777);
    }

    function test_creation_tellsAcceptanceByQuote() external {
        bytes memory quote = _quote();
        _expectCreation(DEPOSIT, true);
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
    }

    function test_acceptance() external {
        _create(DEPOSIT);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Accepted(id);
        vm.prank(provider);
        channel.accept(header);
    }

    function test_deposit_tellsWhoPaid() external {
        _open();
        token.mint(STRANGER, 55);
        vm.prank(STRANGER);
        token.approve(address(channel), 55);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Deposited(id, STRANGER, 55);
        vm.prank(STRANGER);
        channel.deposit(header, 55);
    }

    function test_claimAndProvidersWithdrawal() external {
        _open();
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Claimed(id, 90);
        _claim(90);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Withdrawn(id, provider, type(uint256).max, 90);
        vm.prank(provider);
        channel.withdrawProvider(header, STRANGER);
        // What is claimed is cumulative, what is paid is not; the cap cuts at the burst.
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Claimed(id, 100);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Withdrawn(id, provider, type(uint256).max, 10);
        vm.prank(provider);
        channel.claimAndWithdraw(header, 1_000, "", STRANGER);
    }

    function test_redemptionAndPayeesWithdrawals() external {
        _open();
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 600);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Redeemed(id, 2, 500);
        channel.redeem(header, 2, payees[2], proof, 600, voucher);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Withdrawn(id, CAROL, 2, 500);
        channel.withdrawFor(header, 2, payees[2], proof);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Withdrawn(id, ALICE, 0, 1_000);
        _withdraw(0);
    }

    function test_unlockItsCancellationAndTheEnd() external {
        _open();
        ear.expectEmit(address(channel));
        emit IPaymentChannel.UnlockStarted(id, uint40(START + GRACE));
        _unlock();
        ear.expectEmit(address(channel));
        emit IPaymentChannel.UnlockCancelled(id);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Deposited(id, publisher, 1);
        vm.prank(publisher);
        channel.deposit(header, 1);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Terminated(id);
        vm.prank(provider);
        channel.terminate(header);
        uint96 rest = channel.available(header);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Refunded(id, rest);
        vm.prank(publisher);
        channel.withdrawUnlocked(header, STRANGER);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.ChannelClosed(id);
        vm.prank(publisher);
        channel.closeChannel(header, STRANGER);
    }

    function test_closing_tellsTheRefund() external {
        _create(DEPOSIT);
        _unlock();
        ear.expectEmit(address(channel));
        emit IPaymentChannel.ChannelClosed(id);
        ear.expectEmit(address(channel));
        emit IPaymentChannel.Refunded(id, DEPOSIT);
        vm.prank(publisher);
        channel.closeChannel(header, STRANGER);
    }

    /// @dev An event of nothing would be one more for whoever follows a payee.
    function test_nothingDue_tellsNothing() external {
        _open();
        _withdraw(0);
        _claim(100);
        bytes32[] memory proof = _proof(1);
        bytes32[] memory proofOfCarol = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 0);
        ear.recordLogs();
        equal(channel.withdrawFor(header, 1, payees[1], proof), 0, "nothing due");
        equal(_claim(100), 100, "claimed before");
        equal(channel.redeem(header, 2, payees[2], proofOfCarol, 0, voucher), 0, "nothing granted");
        equal(ear.getRecordedLogs().length, 0, "events");
    }
}
