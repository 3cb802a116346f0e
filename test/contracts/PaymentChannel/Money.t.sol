// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallet.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm, within} from "../support/Vm.sol";

/// @notice Claims, vouchers, rates and withdrawals.
contract MoneyTest is ChannelFixture {
    function test_claim_isCappedByTime() external {
        _open();
        equal(_claim(1_000), 100, "burst");
        _after(10);
        equal(_claim(150), 150, "below the cap");
        equal(_claim(1_000), 200, "cap");
        equal(_claim(120), 200, "less changes nothing");
        equal(channel.providerDue(header), 200, "due");
        equal(_due(0), 1_000 + 20, "a tenth on top");
        equal(_due(2), 5 + 2, "one percent on top");
        _assertConserved();
    }

    function test_claim_takesWhatTheFundsAllow_withItsShares() external {
        header.maxExecRate = type(uint96).max;
        _complete();
        _open();
        _after(100);
        uint96 free = DEPOSIT - 1_000 - 350;
        equal(channel.available(header), free, "available");
        uint256 exec = _claim(type(uint96).max);
        // The most whose 11 % on top, rounded down, still fits into 98,650.
        equal(exec, 88_874, "claimed");
        equal(exec + exec * 11 / 100, free, "all of it");
        equal(channel.available(header), 0, "rest");
        _assertConserved();
    }

    function test_claim_capStopsAtTheUnlock_andClaimsDoNotMoveIt() external {
        _open();
        _unlock();
        _after(GRACE / 2);
        _claim(50);
        equal(channel.channel(id).unlockAt, START + GRACE, "unlockAt");
        _after(30 days);
        equal(_claim(type(uint96).max), 10 * uint256(GRACE) + 100, "claimed");
        equal(channel.channel(id).unlockAt, START + GRACE, "unlockAt");
    }

    function test_claim_withMeter_needsItsReceipt() external {
        header.meter = meter;
        _complete();
        _open();
        _after(100);
        bytes memory receipt = _receipt(METER_KEY, 700);
        vm.prank(STRANGER);
        equal(channel.claim(header, 700, receipt), 700, "by anybody");
        bytes memory refusal = abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, meter);
        vm.expectRevert(refusal);
        vm.prank(provider);
        channel.claim(header, 701, receipt);
        vm.expectRevert(refusal);
        vm.prank(provider);
        channel.claim(header, 701, "");
        receipt = _receipt(METER_KEY, 5_000);
        equal(channel.claim(header, 5_000, receipt), 1_100, "the cap holds for receipts too");
    }

    function test_claim_withMeterContract() external {
        header.meter = address(new ContractWallet(meter));
        _complete();
        _open();
        bytes memory receipt = _receipt(METER_KEY, 70);
        equal(channel.claim(header, 70, receipt), 70, "claimed");
    }

    function test_withdrawProvider_paysWhereItWants_once() external {
        _open();
        _claim(60);
        vm.prank(provider);
        equal(channel.withdrawProvider(header, STRANGER), 60, "amount");
        equal(token.balanceOf(STRANGER), 60, "received");
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelNothingDue.selector, id));
        vm.prank(provider);
        channel.withdrawProvider(header, provider);
        _claim(100);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidReceiver.selector, address(0)));
        vm.prank(provider);
        channel.withdrawProvider(header, address(0));
        vm.prank(provider);
        equal(channel.withdrawProvider(header, provider), 40, "the rest");
    }

    function test_withdraw_paysWhereThePayeeWants_once() external {
        _open();
        bytes32[] memory proof = _proof(0);
        vm.prank(ALICE);
        equal(channel.withdraw(header, 0, payees[0], proof, STRANGER), 1_000, "amount");
        equal(token.balanceOf(STRANGER), 1_000, "received");
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelNothingDue.selector, id));
        vm.prank(ALICE);
        channel.withdraw(header, 0, payees[0], proof, ALICE);
        (uint96 paid, uint96 metered) = channel.payeeAccount(id, 0);
        equal(paid, 1_000, "paid");
        equal(metered, 0, "metered");
    }

    function test_withdraw_isForThePayeeAlone() external {
        _open();
        bytes32[] memory proof = _proof(0);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSender.selector, BOB, ALICE));
        vm.prank(BOB);
        channel.withdraw(header, 0, payees[0], proof, BOB);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidReceiver.selector, address(0)));
        vm.prank(ALICE);
        channel.withdraw(header, 0, payees[0], proof, address(0));
    }

    function test_withdraw_needsTheProofOfThisPayeeAndIndex() external {
        _open();
        IPaymentChannel.Payee memory greedy = payees[0];
        greedy.to = STRANGER;
        bytes32[] memory proof = _proof(0);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 0));
        vm.prank(STRANGER);
        channel.withdraw(header, 0, greedy, proof, STRANGER);
        // An own payee at another index would have another account there: it is not proven.
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 1));
        vm.prank(ALICE);
        channel.withdraw(header, 1, payees[0], proof, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 0));
        channel.withdrawFor(header, 0, payees[0], new bytes32[](0));
    }

    function test_withdrawFor_paysTheRecordedAddress_andZeroIsNoError() external {
        _open();
        bytes32[] memory proof = _proof(0);
        vm.prank(STRANGER);
        equal(channel.withdrawFor(header, 0, payees[0], proof), 1_000, "amount");
        equal(token.balanceOf(ALICE), 1_000, "received");
        equal(channel.withdrawFor(header, 0, payees[0], proof), 0, "nothing more");
    }

    function test_redeem_isCumulativeAndCapped() external {
        _open();
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 300);
        equal(channel.redeem(header, 2, payees[2], proof, 300, voucher), 300, "by anybody");
        equal(channel.redeem(header, 2, payees[2], proof, 300, voucher), 300, "again changes nothing");
        equal(_due(2), 300, "due");
        equal(_withdraw(2), 300, "withdrawn");
        bytes memory more = _voucher(PUBLISHER_KEY, 2, 900);
        equal(channel.redeem(header, 2, payees[2], proof, 900, more), 500, "cap");
        equal(channel.redeem(header, 2, payees[2], proof, 300, voucher), 500, "an old one changes nothing");
        equal(_due(2), 200, "due");
        equal(channel.channel(id).metered, 500, "sum");
        equal(channel.available(header), DEPOSIT - 1_000 - 500, "available");
        _assertConserved();
    }

    function test_redeem_takesWhatTheFundsAllow() external {
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 1_100, payees);
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 400);
        equal(channel.redeem(header, 2, payees[2], proof, 400, voucher), 100, "funds");
        vm.prank(publisher);
        channel.deposit(header, 1_000);
        equal(channel.redeem(header, 2, payees[2], proof, 400, voucher), 400, "the rest after a deposit");
        _assertConserved();
    }

    function test_redeem_needsThePublishersSignatureForThisPayee() external {
        _open();
        bytes memory refusal = abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, publisher);
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PROVIDER_KEY, 2, 300);
        vm.expectRevert(refusal);
        channel.redeem(header, 2, payees[2], proof, 300, voucher);
        voucher = _voucher(PUBLISHER_KEY, 1, 300);
        vm.expectRevert(refusal);
        channel.redeem(header, 2, payees[2], proof, 300, voucher);
        voucher = _voucher(PUBLISHER_KEY, 2, 300);
        vm.expectRevert(refusal);
        channel.redeem(header, 2, payees[2], proof, 301, voucher);
        proof = _proof(1);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 2));
        channel.redeem(header, 2, payees[2], proof, 300, voucher);
    }

    function test_rates_stopTogetherWithoutFunds_andResumeWithADeposit() external {
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 1_350, payees); // 350 free: 100 seconds at 3.5
        _after(1 days);
        equal(_due(1), 300, "bob");
        equal(_due(2), 50, "carol");
        equal(channel.available(header), 0, "available");
        vm.prank(publisher);
        channel.deposit(header, 3_500);
        equal(_due(1), 300, "a day without funds is not owed");
        _after(10);
        equal(_due(1), 330, "bob goes on");
        equal(_due(2), 55, "carol goes on");
        IPaymentChannel.Channel memory state = channel.channel(id);
        equal(state.acceptedAt, START, "acceptedAt");
        equal(state.unfundedSeconds, 1 days - 100, "unfundedSeconds");
        _assertConserved();
    }

    /// @dev The cap counts time since acceptance, with and without funds: a pod may have run on until it was stopped.
    function test_claim_capCountsSecondsWithoutFunds() external {
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 1_350, payees);
        _after(1_000);
        equal(_claim(type(uint96).max), 0, "no funds");
        vm.prank(publisher);
        channel.deposit(header, 50_000);
        equal(_claim(type(uint96).max), 10_100, "after the deposit");
    }

    /// @dev The same history, once untouched and once with many settlements in between.
    function testFuzz_rates_doNotDependOnWhoTouches(uint32 total, uint8 touches, uint96 deposit_) external {
        total = uint32(within(total, 1, 60 days));
        deposit_ = uint96(within(deposit_, 1_000, 500_000));
        token.mint(publisher, 1_000_000);
        bytes32[2] memory ids;
        uint256[2] memory bob;
        uint256[2] memory carol;
        for (uint256 run = 0; run < 2; ++run) {
            vm.warp(START);
            header.podId = bytes32(run);
            _complete();
            ids[run] = id;
            bytes memory quote = _quote();
            vm.prank(publisher);
            channel.createChannel(_terms(header), quote, deposit_, payees);
            if (run == 1) {
                for (uint256 i = 1; i <= touches % 8; ++i) {
                    vm.warp(START + uint256(total) * i / 9);
                    bytes32[] memory proof = _proof(i % 3);
                    channel.withdrawFor(header, i % 3, payees[i % 3], proof);
                }
            }
            vm.warp(START + total);
            (uint96 paid,) = channel.payeeAccount(id, 1);
            bob[run] = paid + _due(1);
            (paid,) = channel.payeeAccount(id, 2);
            carol[run] = paid + _due(2);
        }
        equal(bob[0], bob[1], "bob");
        equal(carol[0], carol[1], "carol");
    }

    /// @dev Any order of withdrawals gives everybody the same.
    function testFuzz_withdrawals_orderDoesNotMatter(uint256 seed, uint16 secs, uint16 exec) external {
        _open();
        _after(secs);
        _claim(exec);
        uint256[3] memory expected = [uint256(_due(0)), _due(1), _due(2)];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 index = (seed % 3 + i * (1 + seed % 2)) % 3;
            bytes32[] memory proof = _proof(index);
            equal(channel.withdrawFor(header, index, payees[index], proof), expected[index], "amount");
            _assertConserved();
        }
    }
}
