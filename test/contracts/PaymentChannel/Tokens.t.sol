// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";
import {ReentrantToken} from "../../../contracts/mocks/ReentrantToken.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Tokens that misbehave.
contract TokensTest is ChannelFixture {
    function test_feeOnTransfer_isRefused() external {
        _deploy(new FeeToken());
        vm.expectRevert(
            abi.encodeWithSelector(
                IPaymentChannel.ChannelInexactTransfer.selector, address(token), DEPOSIT, DEPOSIT - DEPOSIT / 100
            )
        );
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
    }

    function test_tokenWithoutReturnValuesOrPermit_works() external {
        _deploy(TestToken(address(new NoReturnToken())));
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannelWithPermit(_terms(header), quote, DEPOSIT, payees, START, 27, 0, 0);
        equal(_withdraw(0), 1_000, "withdrawn");
        equal(token.balanceOf(ALICE), 1_000, "received");
        vm.prank(provider);
        channel.terminate(header);
        vm.prank(publisher);
        equal(channel.closeChannel(header, publisher), DEPOSIT - 1_000, "refund");
    }

    function test_blockedPayee_blocksNobodyElse() external {
        BlocklistToken blocking = new BlocklistToken();
        _deploy(blocking);
        _open();
        _after(100);
        _claim(1_000);
        blocking.setBlocked(ALICE, true);
        blocking.setBlocked(publisher, true);
        blocking.setBlocked(provider, true);
        bytes32[] memory proof = _proof(0);
        vm.expectRevert(abi.encodeWithSelector(BlocklistToken.Blocked.selector, ALICE));
        channel.withdrawFor(header, 0, payees[0], proof);
        equal(_withdraw(1), 300, "bob");
        equal(_withdraw(2), 60, "carol");
        // Those who are blocked name another address.
        vm.prank(ALICE);
        equal(channel.withdraw(header, 0, payees[0], proof, STRANGER), 1_100, "alice");
        vm.prank(provider);
        equal(channel.withdrawProvider(header, STRANGER), 1_000, "provider");
        _unlock();
        _after(GRACE);
        vm.prank(publisher);
        isTrue(channel.closeChannel(header, STRANGER) > 0, "publisher");
    }

    /// @dev Every function that moves tokens is tried from inside a transfer: all are refused.
    function test_reentrancy_isRefusedWhereTokensMove() external {
        ReentrantToken evil = new ReentrantToken();
        _deploy(evil);
        _open();
        _after(1000);
        bytes32[] memory proof = _proof(0);
        IPaymentChannel.Withdrawal[] memory many = new IPaymentChannel.Withdrawal[](1);
        many[0] = IPaymentChannel.Withdrawal(header, 0, 0, proof);
        bytes[] memory calls = new bytes[](13);
        calls[0] = abi.encodeCall(channel.createChannel, (_terms(header), "", DEPOSIT, payees));
        calls[1] = abi.encodeCall(
            channel.createChannelWithPermit, (_terms(header), "", DEPOSIT, payees, START, 27, bytes32(0), bytes32(0))
        );
        calls[2] = abi.encodeCall(
            channel.createChannelWithPermit2, (_terms(header), "", DEPOSIT, payees, 1, START + 1 days, "")
        );
        calls[3] = abi.encodeCall(channel.deposit, (header, 1));
        calls[4] = abi.encodeCall(channel.depositWithPermit, (header, 1, START, 27, bytes32(0), bytes32(0)));
        calls[5] = abi.encodeCall(channel.depositWithPermit2, (header, 1, 1, START + 1 days, ""));
        calls[6] = abi.encodeCall(channel.claimAndWithdraw, (header, 1, "", STRANGER));
        calls[7] = abi.encodeCall(channel.withdrawProvider, (header, STRANGER));
        calls[8] = abi.encodeCall(channel.withdraw, (header, 0, payees[0], proof, STRANGER));
        calls[9] = abi.encodeCall(channel.withdrawMany, (payees, many, STRANGER));
        calls[10] = abi.encodeCall(channel.withdrawFor, (header, 0, payees[0], proof));
        calls[11] = abi.encodeCall(channel.withdrawUnlocked, (header, STRANGER));
        calls[12] = abi.encodeCall(channel.closeChannel, (header, STRANGER));
        for (uint256 i = 0; i < calls.length; ++i) {
            evil.arm(address(channel), calls[i]);
            _after(1);
            equal(_withdraw(1), i == 0 ? 3_003 : 3, "withdrawn once");
            isTrue(evil.attempted() && !evil.succeeded(), "refused");
            isTrue(
                bytes4(evil.answer()) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "by the guard"
            );
        }
        _assertConserved();
    }

    /// @dev The others can be called from inside a transfer: accounts are as they are after it.
    function test_reentrancy_ofAClaim_seesSettledAccounts() external {
        ReentrantToken evil = new ReentrantToken();
        _deploy(evil);
        header.meter = meter;
        _complete();
        _open();
        _after(1000);
        evil.arm(address(channel), abi.encodeCall(channel.claim, (header, 100, _receipt(METER_KEY, 100))));
        equal(_withdraw(0), 1_000, "due before the claim");
        isTrue(evil.succeeded(), "claimed");
        equal(_due(0), 10, "share of the claim");
        equal(channel.providerDue(header), 100, "provider");
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(channel.accept, (header));
        calls[1] = abi.encodeCall(channel.unlock, (header));
        calls[2] = abi.encodeCall(channel.terminate, (header));
        calls[3] = abi.encodeCall(channel.redeem, (header, 0, payees[0], _proof(0), 1, ""));
        for (uint256 i = 0; i < calls.length; ++i) {
            evil.arm(address(channel), calls[i]);
            _after(1);
            isTrue(_withdraw(1) > 0, "withdrawn");
            isTrue(evil.attempted() && !evil.succeeded(), "not for a token to do");
        }
        _assertConserved();
    }
}
