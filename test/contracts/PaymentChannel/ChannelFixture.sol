// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PaymentChannel} from "../../../contracts/PaymentChannel.sol";
import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice A channel with three payees of different terms. Numbers are chosen to be checked by head:
/// alice 1,000 once and a tenth of execution, bob 3 a second, carol half a unit a second, 1 % and vouchers up to 500.
abstract contract ChannelFixture {
    uint256 internal constant PUBLISHER_KEY = 0xA11CE;
    uint256 internal constant PROVIDER_KEY = 0xB0B;
    uint256 internal constant METER_KEY = 0x3E7E2;
    uint256 internal constant START = 1_800_000_000;
    uint32 internal constant GRACE = 1 hours;
    uint96 internal constant DEPOSIT = 100_000;

    address internal immutable publisher = vm.addr(PUBLISHER_KEY);
    address internal immutable provider = vm.addr(PROVIDER_KEY);
    address internal immutable meter = vm.addr(METER_KEY);
    address internal constant ALICE = address(0xA1);
    address internal constant BOB = address(0xB2);
    address internal constant CAROL = address(0xC3);
    address internal constant STRANGER = address(0x57);

    PaymentChannel internal channel;
    TestToken internal token;
    IPaymentChannel.Header internal header;
    IPaymentChannel.Payee[] internal payees;
    bytes32 internal id;

    function setUp() public virtual {
        _deploy(new TestToken("Test", "TST", 6));
    }

    /// @dev Fresh contract, funded publisher, terms; no channel yet.
    function _deploy(TestToken token_) internal {
        vm.warp(START);
        channel = new PaymentChannel();
        token = token_;
        token.mint(publisher, 1_000_000);
        vm.prank(publisher);
        // Without looking at the answer: some tokens give none.
        (bool approved,) = address(token).call(abi.encodeCall(token.approve, (address(channel), type(uint256).max)));
        isTrue(approved, "approved");
        delete payees;
        payees.push(_payee(ALICE, 1_000, 0, 100_000, 0));
        payees.push(_payee(BOB, 0, uint96(3) << 32, 0, 0));
        payees.push(_payee(CAROL, 0, uint96(1) << 31, 10_000, 500));
        header = IPaymentChannel.Header({
            publisher: publisher,
            provider: provider,
            token: address(token),
            podId: keccak256("pod"),
            meter: address(0),
            grace: GRACE,
            acceptBy: uint40(START + 10 minutes),
            maxExecRate: uint96(10) << 32,
            execBurst: 100,
            sumOneTime: 0,
            sumRate: 0,
            sumShare: 0,
            payeesRoot: 0
        });
        _complete();
    }

    function _payee(address to, uint96 oneTime, uint96 rate, uint32 share, uint96 meteredCap)
        internal
        pure
        returns (IPaymentChannel.Payee memory)
    {
        bytes32 image = keccak256(abi.encode("image", to));
        return IPaymentChannel.Payee(to, image, keccak256("license"), oneTime, rate, share, meteredCap);
    }

    /// @dev Fills in what follows from the payees, and the id.
    function _complete() internal {
        (header.sumOneTime, header.sumRate, header.sumShare) = (0, 0, 0);
        for (uint256 i = 0; i < payees.length; ++i) {
            header.sumOneTime += payees[i].oneTime;
            header.sumRate += payees[i].rate;
            header.sumShare += payees[i].share;
        }
        (header.payeesRoot,) = _tree(0);
        id = keccak256(abi.encode(block.chainid, address(channel), header));
    }

    /// @dev What creation takes of a header.
    function _terms(IPaymentChannel.Header memory full) internal pure returns (IPaymentChannel.Terms memory) {
        return IPaymentChannel.Terms({
            publisher: full.publisher,
            provider: full.provider,
            token: full.token,
            podId: full.podId,
            meter: full.meter,
            grace: full.grace,
            acceptBy: full.acceptBy,
            maxExecRate: full.maxExecRate,
            execBurst: full.execBurst
        });
    }

    function _create(uint96 amount) internal {
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", amount, payees);
    }

    /// @dev Created with DEPOSIT and accepted, at START.
    function _open() internal {
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, DEPOSIT, payees);
    }

    function _after(uint256 secs) internal {
        vm.warp(vm.getBlockTimestamp() + secs);
    }

    function _claim(uint96 exec) internal returns (uint96) {
        vm.prank(provider);
        return channel.claim(header, exec, "");
    }

    function _unlock() internal {
        vm.prank(publisher);
        channel.unlock(header);
    }

    function _withdraw(uint256 index) internal returns (uint96) {
        bytes32[] memory proof = _proof(index);
        vm.prank(payees[index].to);
        return channel.withdraw(header, index, payees[index], proof, payees[index].to);
    }

    function _due(uint256 index) internal view returns (uint96) {
        return channel.due(header, index, payees[index]);
    }

    function _quote() internal view returns (bytes memory) {
        return _sign(PROVIDER_KEY, keccak256(abi.encode(keccak256("Quote(bytes32 channelId)"), id)));
    }

    function _receipt(uint256 key, uint96 exec) internal view returns (bytes memory) {
        return _sign(key, keccak256(abi.encode(keccak256("Usage(bytes32 channelId,uint96 exec)"), id, exec)));
    }

    function _voucher(uint256 key, uint256 index, uint96 cumulative) internal view returns (bytes memory) {
        bytes32 kind = keccak256("Voucher(bytes32 channelId,uint256 index,uint96 cumulative)");
        return _sign(key, keccak256(abi.encode(kind, id, index, cumulative)));
    }

    function _sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("apoc PaymentChannel"),
                keccak256("1"),
                block.chainid,
                address(channel)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function _proof(uint256 index) internal view returns (bytes32[] memory proof) {
        (, proof) = _tree(index);
    }

    /// @dev Root, and the proof of one payee; written apart from the library that it tests.
    function _tree(uint256 index) private view returns (bytes32, bytes32[] memory) {
        bytes32[] memory level = new bytes32[](payees.length);
        for (uint256 i = 0; i < level.length; ++i) level[i] = keccak256(abi.encode(i, payees[i]));
        bytes32[] memory path = new bytes32[](8);
        uint256 depth;
        while (level.length > 1) {
            if (index ^ 1 < level.length) path[depth++] = level[index ^ 1];
            index /= 2;
            bytes32[] memory parents = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < level.length; i += 2) {
                if (i + 1 == level.length) parents[i / 2] = level[i];
                else if (level[i] < level[i + 1]) parents[i / 2] = keccak256(abi.encode(level[i], level[i + 1]));
                else parents[i / 2] = keccak256(abi.encode(level[i + 1], level[i]));
            }
            level = parents;
        }
        bytes32[] memory proof = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) proof[i] = path[i];
        return (level.length == 0 ? bytes32(0) : level[0], proof);
    }

    /// @dev What the contract holds of the token is what it owes or can refund, within a unit per kind and payee.
    function _assertConserved() internal view {
        uint256 owed = uint256(channel.available(header)) + channel.providerDue(header);
        for (uint256 i = 0; i < payees.length; ++i) owed += _due(i);
        uint256 held = token.balanceOf(address(channel));
        if (held < owed || held - owed > 2 * payees.length) equal(held, owed, "conservation");
    }

    /// A creation by the publisher, not accepted, that ends with this error.
    function _refusesCreation(bytes memory revertData) internal {
        vm.expectRevert(revertData);
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
    }
}
