// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../../contracts/interfaces/IPaymentChannel.sol";
import {HistoryHandler} from "./HistoryHandler.sol";
import {Book, PushModel} from "./PushModel.sol";
import {vm} from "../../support/Vm.sol";

/// @title What nobody may do, tried at every moment of a history
/// @notice Each attack is refused whatever the state of the channel; where one goes through, `breaches` counts it.
abstract contract HistoryAttacks is HistoryHandler {
    using PushModel for Book;

    address internal constant MALLORY = address(0xBAD);
    uint256 private constant MALLORYS_KEY = 0xBAD;

    /// @dev A stranger in the place of each party.
    function attackAsStranger(uint256 dice) external {
        uint256 seed = _roll(dice);
        Book storage book = books[seed % books.length];
        IPaymentChannel.Header memory terms = book.header;
        uint256 kind = (seed >> 8) % 10;
        if (kind == 0) _attack(MALLORY, abi.encodeCall(channel.accept, (terms)));
        if (kind == 1) _attack(MALLORY, abi.encodeCall(channel.claim, (terms, 1, "")));
        if (kind == 2) _attack(MALLORY, abi.encodeCall(channel.withdrawProvider, (terms, MALLORY)));
        if (kind == 3) _attack(MALLORY, abi.encodeCall(channel.unlock, (terms)));
        if (kind == 4) _attack(MALLORY, abi.encodeCall(channel.terminate, (terms)));
        if (kind == 5) _attack(MALLORY, abi.encodeCall(channel.withdrawUnlocked, (terms, MALLORY)));
        if (kind == 6) _attack(MALLORY, abi.encodeCall(channel.closeChannel, (terms, MALLORY)));
        if (kind == 7) _attack(MALLORY, abi.encodeCall(channel.createChannel, (_terms(terms), "", 1, book.payees)));
        // With a receipt that is good for `claim` by anybody.
        if (kind == 8) {
            bytes memory data = abi.encodeCall(channel.claimAndWithdraw, (terms, 1 << 90, _usage(book.id, 1 << 90), MALLORY));
            _attack(MALLORY, data);
        }
        if (kind == 9) _attackMany(seed, book.header.token);
    }

    /// @dev The parties in each other's place, or too early.
    function attackAsParty(uint256 dice) external {
        uint256 seed = _roll(dice);
        Book storage book = books[seed % books.length];
        IPaymentChannel.Header memory terms = book.header;
        uint256 kind = (seed >> 8) % 9;
        if (kind == 0) _attack(publisher, abi.encodeCall(channel.accept, (terms)));
        if (kind == 1) _attack(publisher, abi.encodeCall(channel.claim, (terms, 1, "")));
        if (kind == 2) _attack(publisher, abi.encodeCall(channel.withdrawProvider, (terms, publisher)));
        if (kind == 3) _attack(publisher, abi.encodeCall(channel.terminate, (terms)));
        if (kind == 4) _attack(terms.provider, abi.encodeCall(channel.unlock, (terms)));
        if (kind == 5) _attack(terms.provider, abi.encodeCall(channel.closeChannel, (terms, terms.provider)));
        if (kind == 6 && !_over(book)) {
            _attack(publisher, abi.encodeCall(channel.withdrawUnlocked, (terms, publisher)));
        }
        if (kind == 7 && !_over(book)) _attack(publisher, abi.encodeCall(channel.closeChannel, (terms, publisher)));
        // The id again, with the quote of its first time.
        if (kind == 8) _attack(publisher, abi.encodeCall(channel.createChannel, (_terms(terms), _quoteOf(book), 1, book.payees)));
    }

    /// @dev Signatures of the wrong key, for another channel, another payee or another amount.
    function attackWithSignature(uint256 dice) external {
        uint256 seed = _roll(dice);
        Book storage book = books[seed % books.length];
        Book storage other = books[(seed % books.length + 1) % books.length];
        IPaymentChannel.Header memory terms = book.header;
        uint256 kind = (seed >> 8) % 6;
        if (kind == 0) {
            bytes32 usage = keccak256("Usage(bytes32 channelId,uint96 exec)");
            bytes memory receipt = _sign(MALLORYS_KEY, keccak256(abi.encode(usage, book.id, 1)));
            _attack(MALLORY, abi.encodeCall(channel.claim, (terms, 1, receipt)));
        }
        if (kind == 1 && other.receipt.length != 0 && other.id != book.id) {
            (, uint96 exec, bytes memory receipt) =
                abi.decode(_arguments(other.receipt), (IPaymentChannel.Header, uint96, bytes));
            _attack(MALLORY, abi.encodeCall(channel.claim, (terms, exec, receipt)));
            _attack(MALLORY, abi.encodeCall(channel.claim, (other.header, exec + 1, receipt)));
        }
        if (kind == 2 && book.payees.length != 0) _redeem(book, 0, 1, _voucher(MALLORYS_KEY, 0, 1));
        if (kind == 3 && book.payees.length != 0) {
            // `id` is that of the channel created last.
            bytes memory voucher = _voucher(PUBLISHER_KEY, 0, 100);
            if (book.id != id) _redeem(book, 0, 100, voucher);
            else _redeem(book, 0, 101, voucher);
            if (book.payees.length > 1) _redeem(book, 1, 100, voucher);
        }
        if (kind == 4) {
            // Receipt of a provider where a meter is needed, and by a provider's key where none is.
            _attack(MALLORY, abi.encodeCall(channel.claim, (terms, 1, _receipt(PROVIDER_KEY, 1))));
        }
        if (kind == 5) {
            // The quote of one channel for another.
            bytes memory quote = _quoteOf(book);
            terms.podId = keccak256(abi.encode("not seen", seed));
            _attack(publisher, abi.encodeCall(channel.createChannel, (_terms(terms), quote, 1 << 20, book.payees)));
        }
    }

    /// @dev Payees and terms that are not those of the channel.
    function attackWithTerms(uint256 dice) external {
        uint256 seed = _roll(dice);
        Book storage book = books[seed % books.length];
        IPaymentChannel.Header memory terms = book.header;
        uint256 kind = (seed >> 8) % 6;
        if (kind == 0) {
            terms.maxExecRate ^= 1;
            _attack(terms.provider, abi.encodeCall(channel.claim, (terms, 1 << 90, "")));
        }
        if (kind == 1) {
            terms.publisher = MALLORY;
            _attack(MALLORY, abi.encodeCall(channel.closeChannel, (terms, MALLORY)));
        }
        if (book.payees.length == 0 || kind < 2) return;
        uint256 index = (seed >> 16) % book.payees.length;
        IPaymentChannel.Payee memory payee = book.payees[index];
        if (kind == 2) {
            _attack(MALLORY, abi.encodeCall(channel.withdraw, (terms, index, payee, book.proofs[index], MALLORY)));
        }
        if (kind == 3) {
            payee.to = MALLORY;
            _attack(MALLORY, abi.encodeCall(channel.withdraw, (terms, index, payee, book.proofs[index], MALLORY)));
            _attack(MALLORY, abi.encodeCall(channel.withdrawFor, (terms, index, payee, book.proofs[index])));
        }
        if (kind == 4) {
            payee.oneTime += 1;
            _attack(payee.to, abi.encodeCall(channel.withdraw, (terms, index, payee, book.proofs[index], MALLORY)));
        }
        // The same payee again, as another one.
        if (kind == 5) {
            bytes memory data = abi.encodeCall(channel.withdraw, (terms, index + 1, payee, book.proofs[index], MALLORY));
            _attack(payee.to, data);
        }
    }

    /// @dev All that a developer is owed, by somebody else; with a channel that is not its own; of another token.
    function _attackMany(uint256 seed, address money) private {
        (address developer, address another) = (developers[(seed >> 16) % 4], developers[((seed >> 16) + 1) % 4]);
        (IPaymentChannel.Payee[] memory own, IPaymentChannel.Withdrawal[] memory all,) = _gather(developer, money);
        if (own.length == 0) return;
        _attack(MALLORY, abi.encodeCall(channel.withdrawMany, (own, all, MALLORY)));
        (IPaymentChannel.Payee[] memory others, IPaymentChannel.Withdrawal[] memory more,) = _gather(another, money);
        if (others.length != 0) {
            more[0].payee = 0;
            _attack(developer, abi.encodeCall(channel.withdrawMany, (own, more, MALLORY)));
        }
        for (uint256 i = 0; i < 3; ++i) {
            (, more,) = _gather(developer, address(monies[i]));
            if (address(monies[i]) == money || more.length == 0) continue;
            all[all.length - 1] = more[0];
            _attack(developer, abi.encodeCall(channel.withdrawMany, (own, all, MALLORY)));
        }
    }

    function _redeem(Book storage book, uint256 index, uint96 cumulative, bytes memory voucher) private {
        bytes memory data = abi.encodeCall(
            channel.redeem, (book.header, index, book.payees[index], book.proofs[index], cumulative, voucher)
        );
        _attack(MALLORY, data);
    }

    function _quoteOf(Book storage book) private view returns (bytes memory) {
        return _sign(PROVIDER_KEY, keccak256(abi.encode(keccak256("Quote(bytes32 channelId)"), book.id)));
    }

    /// @dev `data` without its selector.
    function _arguments(bytes memory data) internal pure returns (bytes memory arguments) {
        arguments = new bytes(data.length - 4);
        for (uint256 i = 0; i < arguments.length; ++i) arguments[i] = data[i + 4];
    }
}
