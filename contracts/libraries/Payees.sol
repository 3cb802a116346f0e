// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IPaymentChannel} from "../interfaces/IPaymentChannel.sol";

/// @title The payees of a channel as one Merkle root
/// @notice A leaf is keccak256(abi.encode(index, payee)): 256 bytes, so it cannot pass for a node of 64 bytes. A node
/// is the hash of its two children in ascending order; the last node of an odd level rises unchanged. No payees: zero.
library Payees {
    /// @notice Leaf of `payee` at `index`.
    /// @dev Equal to the formula above without re-encoding: a Payee in calldata is its own encoding, seven words. Words
    /// out of their type's range give another leaf than any that creation lists, or revert where they are read.
    function leaf(uint256 index, IPaymentChannel.Payee calldata payee) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, index)
            calldatacopy(add(free, 0x20), payee, 0xe0)
            hash := keccak256(free, 0x100)
        }
    }

    /// @notice Root over `nodes`, which are overwritten.
    function root(bytes32[] memory nodes) internal pure returns (bytes32) {
        uint256 count = nodes.length;
        if (count == 0) return 0;
        while (count > 1) {
            uint256 parents = count / 2;
            for (uint256 i = 0; i < parents; ++i) {
                nodes[i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
            }
            if (count % 2 == 1) nodes[parents++] = nodes[count - 1];
            count = parents;
        }
        return nodes[0];
    }

    /// @notice Whether `payee` is the one at `index` under `expected`.
    function proves(
        bytes32[] calldata proof,
        bytes32 expected,
        uint256 index,
        IPaymentChannel.Payee calldata payee
    ) internal pure returns (bool) {
        return MerkleProof.processProofCalldata(proof, leaf(index, payee)) == expected;
    }
}
