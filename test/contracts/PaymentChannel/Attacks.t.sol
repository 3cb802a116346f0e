// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PaymentChannel} from "../../../contracts/PaymentChannel.sol";
import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallet.sol";
import {ReentrantToken} from "../../../contracts/mocks/ReentrantToken.sol";
import {SenderFeeToken} from "../../../contracts/mocks/SenderFeeToken.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Attempts to take more than is due, to block others and to revive what is over; named by the attack.
contract AttacksTest is ChannelFixture {
    function _refusedAs(address sender, bytes memory revertData) private {
        vm.expectRevert(revertData);
        vm.prank(sender);
    }

    function _fails(address sender, bytes memory data) private returns (bool) {
        vm.prank(sender);
        (bool success,) = address(channel).call(data);
        return !success;
    }

    function _invalid(address signer) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, signer);
    }

    // ------------------------------------------------------------------------------------------------ signatures

    function test_replay_onAnotherContract() external {
        bytes memory quote = _quote();
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 300);
        PaymentChannel other = new PaymentChannel();
        vm.startPrank(publisher);
        token.approve(address(other), type(uint256).max);
        vm.expectRevert(_invalid(provider));
        other.createChannel(_terms(header), quote, DEPOSIT, payees);
        other.createChannel(_terms(header), "", DEPOSIT, payees);
        vm.stopPrank();
        vm.prank(provider);
        other.accept(header);
        bytes32[] memory proof = _proof(2);
        vm.expectRevert(_invalid(publisher));
        other.redeem(header, 2, payees[2], proof, 300, voucher);
    }

    /// @dev After a fork with a new chain id: same contract, same terms, other channel.
    function test_replay_onAnotherChain() external {
        header.meter = meter;
        _complete();
        bytes memory quote = _quote();
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 300);
        bytes memory receipt = _receipt(METER_KEY, 70);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(_invalid(provider));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
        _create(DEPOSIT);
        vm.prank(provider);
        channel.accept(header);
        bytes32[] memory proof = _proof(2);
        vm.expectRevert(_invalid(publisher));
        channel.redeem(header, 2, payees[2], proof, 300, voucher);
        vm.expectRevert(_invalid(meter));
        channel.claim(header, 70, receipt);
    }

    function test_replay_inTheNextChannelOfTheSameParties() external {
        header.meter = meter;
        _complete();
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 300);
        bytes memory receipt = _receipt(METER_KEY, 70);
        header.podId = keccak256("next pod");
        _complete();
        _open();
        bytes32[] memory proof = _proof(2);
        vm.expectRevert(_invalid(publisher));
        channel.redeem(header, 2, payees[2], proof, 300, voucher);
        vm.expectRevert(_invalid(meter));
        channel.claim(header, 70, receipt);
    }

    /// @dev The wallets check one key and do not mix their address into the digest, as many do not.
    function test_replay_betweenTwoWalletsOfOneKey() external {
        bytes32[2] memory ids;
        for (uint256 i = 0; i < 2; ++i) {
            header.publisher = address(new ContractWallet(publisher));
            _complete();
            token.mint(header.publisher, DEPOSIT);
            bytes memory quote = _quote();
            vm.startPrank(header.publisher);
            token.approve(address(channel), DEPOSIT);
            channel.createChannel(_terms(header), quote, DEPOSIT, payees);
            vm.stopPrank();
            ids[i] = id;
        }
        id = ids[0];
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 300);
        bytes32[] memory proof = _proof(2);
        vm.expectRevert(_invalid(header.publisher));
        channel.redeem(header, 2, payees[2], proof, 300, voucher);
    }

    // ---------------------------------------------------------------------------------------------- ids and terms

    function test_frontRun_creationWithCopiedTerms() external {
        bytes memory quote = _quote();
        token.mint(STRANGER, DEPOSIT);
        vm.prank(STRANGER);
        token.approve(address(channel), DEPOSIT);
        _refusedAs(
            STRANGER, abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSender.selector, STRANGER, publisher)
        );
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
        IPaymentChannel.Header memory copied = header;
        copied.publisher = STRANGER;
        _refusedAs(STRANGER, _invalid(provider));
        channel.createChannel(_terms(copied), quote, DEPOSIT, payees);
        vm.prank(STRANGER);
        channel.createChannel(_terms(copied), "", DEPOSIT, payees);
        _open();
        equal(channel.channel(id).acceptedAt, START, "the publisher's channel");
    }

    function test_merkle_equalPayeesAreTwoAccounts_andNoOtherIndexIsOne() external {
        payees[1] = payees[0];
        _complete();
        _open();
        equal(_withdraw(0) + _withdraw(1), 2_000, "each once");
        bytes32[] memory proof = _proof(0);
        uint256[4] memory indexes = [uint256(2), 4, 1 << 32, type(uint256).max];
        for (uint256 i = 0; i < indexes.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, indexes[i]));
            channel.withdrawFor(header, indexes[i], payees[0], proof);
        }
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        for (uint256 i = 0; i < proof.length; ++i) longer[i] = proof[i];
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProof.selector, 0));
        channel.withdrawFor(header, 0, payees[0], longer);
    }

    function test_revival_ofAClosedChannel() external {
        bytes memory quote = _quote();
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 300);
        _open();
        vm.prank(provider);
        channel.terminate(header);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        equal(_withdraw(0), 1_000, "alice");
        equal(token.balanceOf(address(channel)), 0, "empty");
        isTrue(_fails(publisher, abi.encodeCall(channel.createChannel, (_terms(header), quote, DEPOSIT, payees))), "create");
        isTrue(_fails(provider, abi.encodeCall(channel.accept, (header))), "accept");
        isTrue(_fails(publisher, abi.encodeCall(channel.deposit, (header, 1))), "deposit");
        isTrue(_fails(publisher, abi.encodeCall(channel.unlock, (header))), "unlock");
        isTrue(_fails(provider, abi.encodeCall(channel.terminate, (header))), "terminate");
        isTrue(_fails(publisher, abi.encodeCall(channel.withdrawUnlocked, (header, publisher))), "refund");
        isTrue(_fails(publisher, abi.encodeCall(channel.closeChannel, (header, publisher))), "close");
        equal(_claim(type(uint96).max), 0, "claim");
        equal(channel.redeem(header, 2, payees[2], proof, 300, voucher), 0, "voucher");
    }

    // ------------------------------------------------------------------------------------------------ whose money

    /// @dev A publisher names itself as payee of a rate that eats the funds: what was claimed before stays.
    function test_selfDealing_publisherAsPayeeCannotTouchWhatIsDue() external {
        payees[1] = _payee(publisher, 0, uint96(50_000) << 32, 0, 0);
        _complete();
        _open();
        equal(_claim(100), 100, "burst");
        (uint96 alice, uint96 carol) = (_due(0), _due(2));
        _after(1 days);
        isTrue(_withdraw(1) <= DEPOSIT - 1_000 - 111, "no more than was free");
        isTrue(_due(0) >= alice && _due(2) >= carol, "dues of the others");
        vm.prank(provider);
        equal(channel.withdrawProvider(header, provider), 100, "provider");
    }

    /// @dev Accrued rates come first, then claims and vouchers as they arrive: each takes from what is left only.
    function test_order_ratesThenWhoeverComesFirst() external {
        header.maxExecRate = type(uint96).max;
        _complete();
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 1_000 + 700, payees); // 200 seconds at 3.5
        _after(150);
        uint96 exec = _claim(type(uint96).max);
        equal(exec + uint256(exec) * 11 / 100, 700 - 525, "a claim leaves the accrued rates");
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 500);
        equal(channel.redeem(header, 2, payees[2], proof, 500, voucher), 0, "nothing is left for a voucher");
        _after(100);
        equal(_due(1), 450, "nor for rates of later seconds");
        vm.prank(publisher);
        channel.deposit(header, 700);
        _after(1_000);
        equal(_claim(type(uint96).max), exec, "rates that used up the funds leave nothing for a late claim");
        equal(_due(1), 450 + 600, "rates of 200 seconds more");
        _assertConserved();
    }

    /// @dev A voucher is money once it is redeemed, not before: who holds one does not wait.
    function test_collusion_terminateAndCloseLeaveVouchersWorthless() external {
        _open();
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 200);
        equal(channel.redeem(header, 2, payees[2], proof, 200, voucher), 200, "redeemed");
        bytes memory late = _voucher(PUBLISHER_KEY, 2, 500);
        vm.prank(provider);
        channel.terminate(header);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        equal(channel.redeem(header, 2, payees[2], proof, 500, late), 200, "too late for the rest");
        equal(_withdraw(2), 200, "what was redeemed stays");
    }

    /// @dev n payees of shares and rates: at most n - 1 units of each kind are nobody's.
    function test_rounding_leavesLessThanAUnitPerPayeeAndKind() external {
        delete payees;
        for (uint160 i = 0; i < 16; ++i) payees.push(_payee(address(0x1000 + i), 0, 1 << 28, 62_500, 0));
        _complete();
        _open();
        _after(15);
        _claim(15);
        vm.prank(provider);
        channel.terminate(header);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        vm.prank(provider);
        channel.withdrawProvider(header, provider);
        for (uint256 i = 0; i < 16; ++i) equal(_due(i), 0, "fifteen sixteenths of a unit, twice");
        equal(token.balanceOf(address(channel)), 30, "remains");
    }

    function test_gas_sixteenPayeesDoNotMakeAWithdrawalDear() external {
        uint256[2] memory used;
        for (uint256 run = 0; run < 2; ++run) {
            delete payees;
            for (uint160 i = 0; i < (run == 0 ? 1 : 16); ++i) payees.push(_payee(address(0x1000 + i), 10, 0, 0, 0));
            _complete();
            _open();
            uint256 index = payees.length - 1;
            (IPaymentChannel.Header memory terms, IPaymentChannel.Payee memory payee) = (header, payees[index]);
            bytes32[] memory proof = _proof(index);
            uint256 before = gasleft();
            channel.withdrawFor(terms, index, payee, proof);
            used[run] = before - gasleft();
        }
        isTrue(used[1] < used[0] + 10_000, "four hashes more");
    }

    // ----------------------------------------------------------------------------------------------------- tokens

    /// @dev The fee is taken from the funds of channels of the same token, and of no other.
    function test_senderFeeToken_harmsNoChannelOfAnotherToken() external {
        _open();
        IPaymentChannel.Header memory honest = header;
        bytes32 honestId = id;
        TestToken other = new SenderFeeToken();
        other.mint(publisher, 1_000_000);
        vm.prank(publisher);
        other.approve(address(channel), type(uint256).max);
        header.token = address(other);
        _complete();
        _open();
        vm.prank(provider);
        channel.terminate(header);
        vm.prank(publisher);
        channel.closeChannel(header, publisher);
        bytes32[] memory proof = _proof(0);
        isTrue(_fails(ALICE, abi.encodeCall(channel.withdrawFor, (header, 0, payees[0], proof))), "not enough is left");
        equal(token.balanceOf(address(channel)), DEPOSIT, "held of the other token");
        (header, id) = (honest, honestId);
        _assertConserved();
    }

    function test_donation_cannotPassForAPayment_norSpoilOne() external {
        ReentrantToken evil = new ReentrantToken();
        _deploy(evil);
        evil.mint(address(channel), 77);
        _open();
        equal(channel.channel(id).deposited, DEPOSIT, "what was given before does not count");
        evil.arm(address(evil), abi.encodeCall(TestToken.mint, (address(channel), 1)));
        _refusedAs(
            publisher,
            abi.encodeWithSelector(IPaymentChannel.ChannelInexactTransfer.selector, address(evil), 10, 11)
        );
        channel.deposit(header, 10);
    }
}
