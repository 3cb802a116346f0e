// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallet.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

contract CreateTest is ChannelFixture {
    function test_create_storesTheDepositAndNothingIsDue() external {
        _create(DEPOSIT);
        IPaymentChannel.Channel memory state = channel.channel(id);
        equal(state.deposited, DEPOSIT, "deposited");
        equal(state.acceptedAt, 0, "acceptedAt");
        equal(state.unfundedSeconds + state.unlockAt + state.exec + state.metered, 0, "rest");
        isTrue(!state.closed && channel.channelId(header) == id, "id");
        equal(channel.available(header), DEPOSIT, "available");
        _after(1 days);
        equal(_due(0) + _due(1) + _due(2), 0, "due");
        equal(token.balanceOf(address(channel)), DEPOSIT, "held");
    }

    function test_create_withQuote_isAcceptedAtOnce() external {
        _open();
        equal(channel.channel(id).acceptedAt, START, "acceptedAt");
        equal(_due(0), 1_000, "one-time fee");
        equal(channel.available(header), DEPOSIT - 1_000, "available");
    }

    function test_create_withQuoteOfContractWallet() external {
        header.provider = address(new ContractWallet(provider));
        _complete();
        _open();
        equal(channel.channel(id).acceptedAt, START, "acceptedAt");
    }

    function test_create_byContractWallet() external {
        ContractWallet wallet = new ContractWallet(publisher);
        header.publisher = address(wallet);
        _complete();
        token.mint(address(wallet), DEPOSIT);
        bytes memory quote = _quote();
        vm.startPrank(publisher);
        wallet.execute(address(token), abi.encodeCall(token.approve, (address(channel), DEPOSIT)));
        wallet.execute(address(channel), abi.encodeCall(channel.createChannel, (_terms(header), quote, DEPOSIT, payees)));
        vm.stopPrank();
        bytes32[] memory proof = _proof(2);
        bytes memory voucher = _voucher(PUBLISHER_KEY, 2, 40);
        equal(channel.redeem(header, 2, payees[2], proof, 40, voucher), 40, "its voucher by ERC-1271");
    }

    function test_create_withoutPayees() external {
        delete payees;
        _complete();
        isTrue(header.payeesRoot == 0, "root");
        _open();
        _after(1000);
        equal(channel.available(header), DEPOSIT, "available");
    }

    function testFuzz_create_anyNumberOfPayees(uint8 count) external {
        count = uint8(count % 17);
        delete payees;
        for (uint256 i = 0; i < count; ++i) payees.push(_payee(address(uint160(0x1000 + i)), uint96(i), 0, 0, 0));
        _complete();
        _open();
        for (uint256 i = 1; i < count; ++i) equal(_withdraw(i), i, "one-time fee");
    }

    function test_create_refusesSeventeenPayees() external {
        for (uint256 i = 0; i < 14; ++i) payees.push(_payee(ALICE, 0, 0, 0, 0));
        _complete();
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelTooManyPayees.selector, 17, 16));
    }

    function test_create_refusesAStrangersChannel() external {
        vm.expectRevert(
            abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSender.selector, STRANGER, publisher)
        );
        vm.prank(STRANGER);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
    }

    function test_create_refusesZeroProvider() external {
        header.provider = address(0);
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidProvider.selector, address(0)));
    }

    function test_create_refusesTokenWithoutCode() external {
        header.token = STRANGER;
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidToken.selector, STRANGER));
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidToken.selector, STRANGER));
        vm.prank(publisher);
        channel.createChannelWithPermit(_terms(header), "", DEPOSIT, payees, START, 27, 0, 0);
    }

    function test_create_boundsGrace() external {
        header.grace = channel.MIN_GRACE() - 1;
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidGrace.selector, header.grace));
        header.grace = channel.MAX_GRACE() + 1;
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidGrace.selector, header.grace));
        header.grace = channel.MAX_GRACE();
        _complete();
        _create(DEPOSIT);
        header.grace = channel.MIN_GRACE();
        _complete();
        _create(DEPOSIT);
    }

    function test_create_refusesPastAcceptBy() external {
        header.acceptBy = uint40(START - 1);
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelAcceptanceExpired.selector, header.acceptBy));
        header.acceptBy = uint40(START);
        _complete();
        _open();
    }

    function test_create_refusesZeroAmount() external {
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelZeroAmount.selector));
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", 0, payees);
    }

    function test_create_refusesZeroPayeeAndItself() external {
        payees[1].to = address(0);
        _complete();
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidPayee.selector, 1));
        payees[1].to = address(channel);
        _complete();
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidPayee.selector, 1));
    }

    function test_create_refusesUsedId() external {
        _create(DEPOSIT);
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelDuplicateId.selector, id));
    }

    function test_create_refusesQuoteOfAnotherKey() external {
        bytes memory quote = _sign(METER_KEY, keccak256(abi.encode(keccak256("Quote(bytes32 channelId)"), id)));
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, provider));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
    }

    function test_create_refusesQuoteForOtherTerms() external {
        bytes memory quote = _quote();
        payees[1].rate -= 1;
        _complete();
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, provider));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
    }

    function test_create_refusesQuoteWithMalleableSignature() external {
        bytes memory quote = _quote();
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        assembly {
            mstore(add(quote, 64), sub(order, mload(add(quote, 64))))
        }
        quote[64] = bytes1(uint8(quote[64]) ^ 7); // 27 <-> 28
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidSignature.selector, provider));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
    }

    function test_create_acceptedNeedsTheOneTimeFees() external {
        bytes memory quote = _quote();
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInsufficientDeposit.selector, 999, 1_000));
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 999, payees);
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, 1_000, payees);
        equal(channel.available(header), 0, "available");
    }

    /// @dev Sets the highest bit of one word of the arguments.
    function _withBitSet(bytes memory data, uint256 word) private pure {
        assembly {
            let at := add(add(data, 36), mul(word, 32))
            mstore(at, or(mload(at), shl(255, 1)))
        }
    }

    function _createRaw(bytes memory data) private returns (bool success) {
        vm.prank(publisher);
        (success,) = address(channel).call(data);
    }

    /// @dev Ids and leaves are hashed from calldata as it is, so no two spellings of the same terms may pass.
    function test_create_refusesHeaderWordsOutOfRange() external {
        for (uint256 word = 0; word < 9; ++word) {
            if (word == 3) continue; // podId: any 32 bytes
            bytes memory data = abi.encodeCall(channel.createChannel, (_terms(header), "", DEPOSIT, payees));
            _withBitSet(data, word);
            isTrue(!_createRaw(data), "refused");
        }
    }

    function test_create_refusesPayeeWordsOutOfRange() external {
        delete payees;
        payees.push(_payee(ALICE, 1, 1, 1, 1));
        _complete();
        uint8[5] memory typed = [0, 3, 4, 5, 6];
        for (uint256 i = 0; i < typed.length; ++i) {
            bytes memory data = abi.encodeCall(channel.createChannel, (_terms(header), "", DEPOSIT, payees));
            // 12 words of arguments, no quote, the number of payees, then the payee.
            _withBitSet(data, 14 + typed[i]);
            isTrue(!_createRaw(data), "refused");
        }
        _complete();
        isTrue(_createRaw(abi.encodeCall(channel.createChannel, (_terms(header), "", DEPOSIT, payees))), "the right spelling");
    }

    function _permit() private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 message = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                publisher,
                address(channel),
                uint256(DEPOSIT),
                uint256(0),
                START + 1
            )
        );
        return vm.sign(
            PUBLISHER_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message))
        );
    }

    function _createWithPermit() private {
        (uint8 v, bytes32 r, bytes32 s) = _permit();
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannelWithPermit(_terms(header), quote, DEPOSIT, payees, START + 1, v, r, s);
        equal(channel.channel(id).acceptedAt, START, "acceptedAt");
        equal(token.allowance(publisher, address(channel)), 0, "allowance used up");
    }

    function test_createWithPermit_needsNoAllowance() external {
        vm.prank(publisher);
        token.approve(address(channel), 0);
        _createWithPermit();
    }

    function test_createWithPermit_survivesAUsedPermit() external {
        vm.prank(publisher);
        token.approve(address(channel), 0);
        (uint8 v, bytes32 r, bytes32 s) = _permit();
        vm.prank(STRANGER);
        ERC20Permit(address(token)).permit(publisher, address(channel), DEPOSIT, START + 1, v, r, s);
        _createWithPermit();
    }
}
