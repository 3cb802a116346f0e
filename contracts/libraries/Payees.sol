// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../interfaces/IPaymentChannel.sol";

/// @title The payees of a channel as one Merkle root
/// @notice A leaf is keccak256(abi.encode(index, payee)): 256 bytes, so it cannot pass for a node of 64 bytes. A node
/// is the hash of its two children in ascending order; the last node of an odd level moves up unchanged. No payees: zero.
/// @dev A Payee has static members only, so in calldata it is its own ABI encoding, seven words.
library Payees {
    /// @notice Leaf of `payee` at `index`. Words outside their type's range give a leaf that creation never
    /// lists.
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function leaf(uint256 index, IPaymentChannel.Payee calldata payee) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, index)
            calldatacopy(add(free, 0x20), payee, 0xe0)
            hash := keccak256(free, 0x100)
        }
    }

    /// @notice Visits all payees of a new channel, at most 16: the only time that all of them are read.
    /// @return root Merkle root.
    /// @return totals Sums of `oneTime` (100 bits), `rate` (100 bits) and `share` (36 bits), from the lowest bit.
    /// @return refused Zero, or one more than the index of the last payee that is not acceptable: its address is zero
    /// or this contract, or a member has bits outside its type. What is hashed and logged unread is checked here,
    /// once: every leaf of a created channel is that of a well-formed payee.
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function digest(IPaymentChannel.Payee[] calldata payees)
        internal
        view
        returns (bytes32 root, uint256 totals, uint256 refused)
    {
        assembly ("memory-safe") {
            // Beyond the free memory pointer: index and one payee at a time (8 words), then the nodes of the tree.
            let free := mload(0x40)
            let nodes := add(free, 0x100)
            let end := nodes
            let payee := payees.offset
            for { let index := 0 } lt(index, payees.length) { payee := add(payee, 0xe0) } {
                mstore(free, index)
                calldatacopy(add(free, 0x20), payee, 0xe0)
                mstore(end, keccak256(free, 0x100)) // leaf
                end := add(end, 0x20)
                index := add(index, 1)

                let to := mload(add(free, 0x20))
                let oneTime := mload(add(free, 0x80))
                let rate := mload(add(free, 0xa0))
                let share := mload(add(free, 0xc0))
                totals := add(totals, or(or(oneTime, shl(100, rate)), shl(200, share)))
                let excess := or(shr(160, to), shr(32, share))
                excess := or(excess, shr(96, or(or(oneTime, rate), mload(add(free, 0xe0))))) // and meteredCap
                if or(excess, or(iszero(to), eq(to, address()))) { refused := index }
            }

            // One level per round, written over the one below from its start: a node is read before it is overwritten.
            for {} gt(sub(end, nodes), 0x20) {} {
                let parent := nodes
                let child := nodes
                for { let right := add(child, 0x20) } lt(right, end) { right := add(child, 0x20) } {
                    let a := mload(child)
                    let b := mload(right)
                    let descending := shl(5, gt(a, b))
                    mstore(descending, a)
                    mstore(xor(descending, 0x20), b)
                    mstore(parent, keccak256(0, 0x40))
                    parent := add(parent, 0x20)
                    child := add(child, 0x40)
                }
                if lt(child, end) {
                    mstore(parent, mload(child))
                    parent := add(parent, 0x20)
                }
                end := parent
            }
            if gt(end, nodes) { root := mload(nodes) }
        }
    }

    /// @notice emit PayeeListed(id, payee.to, payee.imageDigest, payee.licenseHash … payee.meteredCap) for each.
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function emitListed(IPaymentChannel.Payee[] calldata payees, bytes32 id) internal {
        bytes32 signature = IPaymentChannel.PayeeListed.selector;
        assembly ("memory-safe") {
            let free := mload(0x40)
            let end := add(payees.offset, mul(payees.length, 0xe0))
            for { let payee := payees.offset } lt(payee, end) { payee := add(payee, 0xe0) } {
                // Topics are the first two words of the payee, data the other five.
                calldatacopy(free, add(payee, 0x40), 0xa0)
                log4(free, 0xa0, signature, id, calldataload(payee), calldataload(add(payee, 0x20)))
            }
        }
    }

    /// @notice Whether `payee` is the one at `index` under `expected`.
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function proves(
        bytes32[] calldata proof,
        bytes32 expected,
        uint256 index,
        IPaymentChannel.Payee calldata payee
    ) internal pure returns (bool result) {
        bytes32 hash = leaf(index, payee);
        assembly ("memory-safe") {
            let end := add(proof.offset, shl(5, proof.length))
            for { let at := proof.offset } lt(at, end) { at := add(at, 0x20) } {
                let sibling := calldataload(at)
                let descending := shl(5, gt(hash, sibling))
                mstore(descending, hash)
                mstore(xor(descending, 0x20), sibling)
                hash := keccak256(0, 0x40)
            }
            result := eq(hash, expected)
        }
    }
}
