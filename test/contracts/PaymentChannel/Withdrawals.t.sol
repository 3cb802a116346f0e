// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallet.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Payments of several steps in one call: claimAndWithdraw and withdrawMany.
contract WithdrawalsTest is ChannelFixture {
    IPaymentChannel.Withdrawal[] private list;
    IPaymentChannel.Payee[] private own;

    /// @dev Opens `count` channels of the fixture's terms; the fixture's header is that of the last.
    function _openMany(uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            header.podId = keccak256(abi.encode("pod", i));
            _complete();
            _open();
            list.push(IPaymentChannel.Withdrawal(header, 0, 1, _proof(1)));
        }
        own.push(payees[1]);
    }

    function _refused(bytes memory revertData) private {
        vm.expectRevert(revertData);
        vm.prank(BOB);
        channel.withdrawMany(own, list, BOB);
    }

    // --------------------------------------------------------------------------------------------- withdrawMany

    function test_withdrawMany_paysTheSumInOneTransfer() external {
        _openMany(4);
        _after(100);
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, STRANGER), 1_200, "four times 300");
        equal(token.balanceOf(STRANGER), 1_200, "received");
        equal(_due(1), 0, "nothing is left");
        _refused(abi.encodeWithSelector(IPaymentChannel.ChannelNothingDue.selector, 0));
        _after(10);
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, BOB), 120, "again");
    }

    /// @dev Each payee's terms are given once; withdrawals say which they are of.
    function test_withdrawMany_ofDifferentTerms() external {
        payees[2].to = BOB;
        _complete();
        _openMany(2);
        own.push(payees[2]);
        list.push(IPaymentChannel.Withdrawal(header, 1, 2, _proof(2)));
        _after(100);
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, BOB), 300 + 300 + 50, "two and one");
    }

    function test_withdrawMany_paysEachOnce_howeverOftenItIsNamed() external {
        _openMany(1);
        _after(100);
        list.push(list[0]);
        list.push(list[0]);
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, BOB), 300, "once");
    }

    /// @dev Nobody can make it fail by paying for a channel first, or by closing one.
    function test_withdrawMany_passesOverChannelsWithNothingDue() external {
        _openMany(3);
        _after(100);
        IPaymentChannel.Withdrawal memory first = list[0];
        vm.prank(STRANGER);
        channel.withdrawFor(first.header, 1, payees[1], first.proof);
        vm.prank(provider);
        channel.terminate(list[1].header);
        vm.prank(publisher);
        channel.closeChannel(list[1].header, publisher);
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, BOB), 600, "the other two");
        equal(token.balanceOf(BOB), 900, "received");
    }

    function test_withdrawMany_refusesNothing() external {
        _refused(abi.encodeWithSelector(IPaymentChannel.ChannelNothingDue.selector, 0));
    }

    function test_withdrawMany_refusesAnUnknownChannel() external {
        _openMany(2);
        list[1].header.maxExecRate += 1;
        bytes32 unknown = channel.channelId(list[1].header);
        _refused(abi.encodeWithSelector(IPaymentChannel.ChannelUnknownId.selector, unknown));
    }

    function test_withdrawMany_refusesAnotherToken() external {
        _openMany(1);
        list.push(list[0]);
        list[1].header.token = address(new TestToken("Other", "OTH", 6));
        _refused(
            abi.encodeWithSelector(IPaymentChannel.ChannelInvalidToken.selector, list[1].header.token)
        );
    }

    function test_withdrawMany_refusesWhatIsNotTheSenders() external {
        _openMany(1);
        list.push(IPaymentChannel.Withdrawal(header, 1, 0, _proof(0)));
        own.push(payees[0]);
        _refused(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSender.selector, BOB, ALICE));
    }

    function test_withdrawMany_refusesAWrongProofOrPayee() external {
        _openMany(2);
        list[1].index = 2;
        _refused(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 2));
        list[1].index = 1;
        own[0].rate += 1;
        _refused(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 1));
        own[0].rate -= 1;
        list[1].payee = 1;
        _refused(abi.encodeWithSignature("Panic(uint256)", 0x32));
    }

    function test_withdrawMany_refusesAReceiverThatLosesIt() external {
        _openMany(1);
        _after(1);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidReceiver.selector, address(0)));
        vm.prank(BOB);
        channel.withdrawMany(own, list, address(0));
    }

    /// @dev A blocked receiver names another; what failed changed nothing.
    function test_withdrawMany_ofABlockedPayee() external {
        BlocklistToken blocking = new BlocklistToken();
        _deploy(blocking);
        _openMany(2);
        _after(100);
        blocking.setBlocked(BOB, true);
        _refused(abi.encodeWithSelector(BlocklistToken.Blocked.selector, BOB));
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, STRANGER), 600, "elsewhere");
    }

    function testFuzz_withdrawMany_equalsSingleWithdrawals(uint16 secs, uint8 count, uint96 exec) external {
        _openMany(1 + count % 6);
        _after(uint256(secs) + 1);
        for (uint256 i = 0; i < list.length; ++i) {
            vm.prank(provider);
            channel.claim(list[i].header, exec, "");
        }
        uint256 expected;
        for (uint256 i = 0; i < list.length; ++i) expected += channel.due(list[i].header, 1, payees[1]);
        vm.prank(BOB);
        equal(channel.withdrawMany(own, list, BOB), expected, "sum");
        equal(token.balanceOf(BOB), expected, "received");
    }

    // ----------------------------------------------------------------------------------------- claimAndWithdraw

    function test_claimAndWithdraw_isBothInOne() external {
        _open();
        _after(100);
        vm.prank(provider);
        (uint96 claimed, uint96 amount) = channel.claimAndWithdraw(header, 600, "", STRANGER);
        equal(claimed, 600, "claimed");
        equal(amount, 600, "paid");
        equal(token.balanceOf(STRANGER), 600, "received");
        equal(_due(0), 1_060, "shares");
        // What was claimed before is paid with it.
        _claim(700);
        vm.prank(provider);
        (claimed, amount) = channel.claimAndWithdraw(header, type(uint96).max, "", provider);
        equal(claimed, 1_100, "up to the cap");
        equal(amount, 500, "the rest");
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelNothingDue.selector, id));
        vm.prank(provider);
        channel.claimAndWithdraw(header, type(uint96).max, "", provider);
        _assertConserved();
    }

    function test_claimAndWithdraw_isTheProvidersOnly_andNeedsTheMetersReceipt() external {
        header.meter = meter;
        _complete();
        _open();
        _after(100);
        bytes memory receipt = _receipt(METER_KEY, 300);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSender.selector, STRANGER, provider));
        vm.prank(STRANGER);
        channel.claimAndWithdraw(header, 300, receipt, STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, meter));
        vm.prank(provider);
        channel.claimAndWithdraw(header, 301, receipt, provider);
        vm.prank(provider);
        (, uint96 amount) = channel.claimAndWithdraw(header, 300, receipt, provider);
        equal(amount, 300, "paid");
    }

    function test_claimAndWithdraw_beforeAcceptance() external {
        _create(DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelNotAccepted.selector, id));
        vm.prank(provider);
        channel.claimAndWithdraw(header, 1, "", provider);
    }

    /// @dev A meter may be a contract.
    function test_claim_withAReceiptOfAContract() external {
        header.meter = address(new ContractWallet(meter));
        _complete();
        _open();
        _after(100);
        bytes memory receipt = _receipt(METER_KEY, 300);
        bytes memory forged = _receipt(PROVIDER_KEY, 400);
        vm.prank(STRANGER);
        equal(channel.claim(header, 300, receipt), 300, "by anybody");
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, header.meter));
        channel.claim(header, 400, forged);
        isTrue(channel.providerDue(header) == 300, "provider");
    }
}
