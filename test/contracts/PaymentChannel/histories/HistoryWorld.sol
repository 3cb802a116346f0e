// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../../contracts/interfaces/IPaymentChannel.sol";
import {BlocklistToken} from "../../../../contracts/mocks/BlocklistToken.sol";
import {ContractWallet} from "../../../../contracts/mocks/ContractWallet.sol";
import {NoReturnToken} from "../../../../contracts/mocks/NoReturnToken.sol";
import {Permit2Model} from "../../../../contracts/mocks/Permit2Model.sol";
import {TestToken} from "../../../../contracts/mocks/TestToken.sol";
import {ChannelFixture} from "../ChannelFixture.sol";
import {Book, PushModel} from "./PushModel.sol";
import {vm} from "../../support/Vm.sol";

/// @notice What all tokens of these histories can do.
interface Money {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// @title The parties, tokens and channels of a random history, and how calls are made and counted
abstract contract HistoryWorld is ChannelFixture {
    using PushModel for Book;

    uint256 internal constant MAX_BOOKS = 8;
    /// @dev Receives what payees and provider send elsewhere.
    address internal constant ELSEWHERE = address(0xE15E);
    address[4] internal developers = [ALICE, BOB, CAROL, address(0xD4)];

    Money[3] internal monies; // plain, without return values, with a blocklist
    BlocklistToken internal blocklist;
    Permit2Model internal permit2;
    ContractWallet internal wallet; // a provider that signs by ERC-1271
    Book[] internal books;
    uint256 private _pods;
    /// @dev The channel of the last call, and the highest values seen of each.
    bytes32 private _touched;
    mapping(bytes32 id => uint256[3]) private _highest;
    mapping(bytes32 id => mapping(uint256 index => uint256[2])) private _highestOfPayee;

    mapping(address token => uint256) public paidIn;
    mapping(address token => uint256) public paidOut;
    mapping(bytes4 selector => uint256) public calls;
    mapping(bytes4 selector => uint256) public reverts;
    mapping(bytes4 selector => uint256) public attacks;
    /// @notice Functions of the channel that were called at all, in the order of their first call.
    bytes4[] public seen;
    /// @notice Calls of all kinds.
    uint256 public total;
    /// @notice Attacks that went through.
    uint256 public breaches;
    /// @notice Calls that went otherwise than the model said.
    uint256 public surprises;
    /// @notice Payments that did not arrive, whole, where they were due.
    uint256 public misdirected;
    /// @notice Values that fell.
    uint256 public falls;
    /// @notice Claims over the cap.
    uint256 public capExceeded;
    bytes public lastSurprise;
    bytes public lastBreach;

    constructor() {
        setUp();
        blocklist = new BlocklistToken();
        wallet = new ContractWallet(vm.addr(PROVIDER_KEY));
        monies = [Money(address(token)), Money(address(new NoReturnToken())), Money(address(blocklist))];
        permit2 = Permit2Model(channel.PERMIT2());
        vm.etch(address(permit2), address(new Permit2Model()).code);
        for (uint256 i = 0; i < 3; ++i) {
            monies[i].mint(publisher, 1 << 120);
            monies[i].mint(STRANGER, 1 << 120);
            vm.prank(publisher);
            monies[i].approve(address(channel), type(uint256).max);
            vm.prank(publisher);
            monies[i].approve(address(permit2), type(uint256).max);
            vm.prank(STRANGER);
            monies[i].approve(address(channel), type(uint256).max);
        }
    }

    /// @dev Once: a history must not begin again in its middle.
    function setUp() public override {
        if (address(channel) == address(0)) super.setUp();
    }

    /// @dev Terms that follow from `seed`: up to five payees, of which two can be the same developer.
    function _draw(uint256 seed, uint256 money) internal {
        delete payees;
        uint96[4] memory fees = [0, 0, uint96(7), 1_000];
        uint96[4] memory rates = [0, uint96(1) << 31, uint96(3) << 32, 12_345_678_901];
        uint32[4] memory shares = [0, uint32(10_000), 333_333, 2_000_000];
        uint96[4] memory caps = [0, uint96(500), 5_000, type(uint96).max];
        uint256 count = seed % 6;
        for (uint256 i = 0; i < count; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            payees.push(
                _payee(
                    developers[dice % 4],
                    fees[(dice >> 8) % 4],
                    rates[(dice >> 16) % 4],
                    shares[(dice >> 24) % 4],
                    caps[(dice >> 32) % 4]
                )
            );
        }
        header.podId = keccak256(abi.encode(++_pods));
        header.token = address(monies[money]);
        header.provider = (seed >> 16) % 2 == 0 ? provider : address(wallet);
        header.meter = (seed >> 24) % 2 == 0 ? address(0) : meter;
        header.grace = uint32(60 + (seed >> 32) % 600);
        header.acceptBy = uint40(vm.getBlockTimestamp() + ((seed >> 48) % 8 == 0 ? 300 : 1_000 days));
        header.maxExecRate = (seed >> 56) % 8 == 0 ? type(uint96).max : uint96((seed >> 64) % (1 << 36));
        header.execBurst = (seed >> 56) % 4 == 1 ? 0 : 100;
        _complete();
    }

    /// @dev Notes the drawn channel as created with `amount`.
    function _enter(uint256 amount) internal {
        Book storage book = books.push();
        book.id = id;
        book.header = header;
        for (uint256 i = 0; i < payees.length; ++i) {
            book.payees.push(payees[i]);
            book.proofs.push(_proof(i));
        }
        book.credit = new uint256[](payees.length);
        book.paid = new uint256[](payees.length);
        book.metered = new uint256[](payees.length);
        _entered(book, amount);
    }

    function _entered(Book storage book, uint256 amount) internal {
        book.deposits += amount;
        book.free += amount;
        paidIn[book.header.token] += amount;
    }

    /// @dev Calls the channel; `expected` is whether the model thinks that it works.
    function _act(address from, bytes memory data, bool expected) internal returns (bool done, bytes memory answer) {
        bytes4 selector = bytes4(data);
        if (calls[selector]++ == 0) seen.push(selector);
        ++total;
        vm.prank(from);
        (done, answer) = address(channel).call(data);
        if (!done) ++reverts[selector];
        _watch();
        if (done == expected) return (done, answer);
        ++surprises;
        lastSurprise = abi.encodePacked(selector, done, answer);
    }

    /// @dev Calls the channel as nobody may.
    function _attack(address from, bytes memory data) internal {
        bytes4 selector = bytes4(data);
        ++attacks[selector];
        ++total;
        vm.prank(from);
        (bool done,) = address(channel).call(data);
        if (!done) return;
        ++breaches;
        lastBreach = abi.encodePacked(selector, from);
    }

    /// @dev Calls the channel, which has to pay exactly `amount` to `to`, by its answer and by the token.
    function _actPaying(address from, bytes memory data, bool expected, address money, address to, uint256 amount)
        internal
        returns (bool done)
    {
        uint256 before = Money(money).balanceOf(to);
        uint256 held = Money(money).balanceOf(address(channel));
        bytes memory answer;
        (done, answer) = _act(from, data, expected);
        if (!done) return false;
        paidOut[money] += amount;
        uint256 told;
        // The amount is the last word of each answer.
        assembly ("memory-safe") {
            told := mload(add(answer, mload(answer)))
        }
        if (
            told != amount || Money(money).balanceOf(to) != before + amount
                || Money(money).balanceOf(address(channel)) != held - amount
        ) ++misdirected;
    }

    /// @dev A channel for which `fits` holds, from a random one on; now and then one for which it may not hold.
    function _pick(uint256 seed, function(Book storage) view returns (bool) fits)
        internal
        returns (Book storage book, bool fit, bool found)
    {
        uint256 from = seed % books.length;
        book = books[from];
        for (uint256 i = 0; i < books.length; ++i) {
            book = books[(from + i) % books.length];
            book.advance(vm.getBlockTimestamp());
            fit = fits(book);
            _touched = book.id;
            if (fit) return (book, true, true);
        }
        return (book, false, (seed >> 128) % 32 == 0);
    }

    /// @dev Cumulative values never fall.
    function _watch() private {
        IPaymentChannel.Channel memory state = channel.channel(_touched);
        uint256[3] storage highest = _highest[_touched];
        if (state.exec < highest[0] || state.unfundedSeconds < highest[1] || state.providerPaid < highest[2]) ++falls;
        (highest[0], highest[1], highest[2]) = (state.exec, state.unfundedSeconds, state.providerPaid);
        for (uint256 i = 0; i < 5; ++i) {
            (uint96 paid, uint96 metered) = channel.payeeAccount(_touched, i);
            uint256[2] storage ofPayee = _highestOfPayee[_touched][i];
            if (paid < ofPayee[0] || metered < ofPayee[1]) ++falls;
            (ofPayee[0], ofPayee[1]) = (paid, metered);
        }
    }

    /// @dev Fuzzers like some numbers; whatever they choose becomes 256 even bits.
    function _roll(uint256 dice) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(dice)));
    }

    function seenCount() external view returns (uint256) {
        return seen.length;
    }

    /// @dev An amount that is mostly small, so that funds run out, and rarely anything.
    function _amount(uint256 seed) internal pure returns (uint96) {
        if (seed % 16 == 0) return uint96(1 + (seed >> 8) % (1 << 90));
        return uint96(1 + (seed >> 8) % 30_000);
    }

    function _blocked(Book storage book, address account) internal view returns (bool) {
        return book.header.token == address(blocklist) && blocklist.blocked(account);
    }

    function _over(Book storage book) internal view returns (bool) {
        return book.over(vm.getBlockTimestamp());
    }
}
