// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {Payees} from "../../../contracts/libraries/Payees.sol";
import {equal, isTrue} from "../support/Vm.sol";

/// @notice Gives the library, which reads calldata as it lies, a calldata of its own.
contract PayeesHarness {
    function leaf(uint256 index, IPaymentChannel.Payee calldata payee) external pure returns (bytes32) {
        return Payees.leaf(index, payee);
    }

    function digest(IPaymentChannel.Payee[] calldata payees) external view returns (bytes32, uint256, uint256) {
        return Payees.digest(payees);
    }

    function proves(bytes32[] calldata proof, bytes32 root, uint256 index, IPaymentChannel.Payee calldata payee)
        external
        pure
        returns (bool)
    {
        return Payees.proves(proof, root, index, payee);
    }
}

/// @notice Each block of assembly against the same in Solidity. (What is logged: PaymentChannel/Events.t.sol.)
contract PayeesTest {
    PayeesHarness private immutable harness = new PayeesHarness();

    function test_digest_isTreeSumsAndRefusal(uint256 seed, uint8 length) external view {
        uint256 count = uint256(length) % 17;
        IPaymentChannel.Payee[] memory payees = new IPaymentChannel.Payee[](count);
        bytes32[] memory leaves = new bytes32[](count);
        uint256[3] memory sums;
        for (uint256 i = 0; i < count; ++i) {
            payees[i] = _payee(uint256(keccak256(abi.encode(seed, i))));
            leaves[i] = keccak256(abi.encode(i, payees[i]));
            isTrue(harness.leaf(i, payees[i]) == leaves[i], "leaf");
            sums[0] += payees[i].oneTime;
            sums[1] += payees[i].rate;
            sums[2] += payees[i].share;
        }
        (bytes32 root, uint256 totals, uint256 refused) = harness.digest(payees);
        isTrue(root == _root(leaves), "root");
        equal(refused, 0, "refused");
        equal(totals & ((1 << 100) - 1), sums[0], "one-time");
        equal((totals >> 100) & ((1 << 100) - 1), sums[1], "rate");
        equal(totals >> 200, sums[2], "share");
        for (uint256 i = 0; i < count; ++i) {
            bytes32[] memory proof = _proof(leaves, i);
            isTrue(harness.proves(proof, root, i, payees[i]), "proven");
            isTrue(!harness.proves(proof, root, i + 1, payees[i]), "proven at another place");
            payees[i].meteredCap ^= 1;
            isTrue(!harness.proves(proof, root, i, payees[i]), "proven with other terms");
        }
        if (count == 0) return;
        uint256 wrong = seed % count;
        payees[wrong].to = seed & (1 << 255) == 0 ? address(0) : address(harness);
        (,, refused) = harness.digest(payees);
        equal(refused, wrong + 1, "who is refused");
    }

    function _payee(uint256 seed) private pure returns (IPaymentChannel.Payee memory) {
        bytes32 word = keccak256(abi.encode(seed));
        return IPaymentChannel.Payee({
            // Never zero, and not the harness but by a chance of 2^-160.
            to: address(uint160(seed) | 1),
            imageDigest: word,
            licenseHash: keccak256(abi.encode(word)),
            oneTime: uint96(seed >> 160),
            rate: uint96(uint256(word)),
            share: uint32(uint256(word) >> 96),
            meteredCap: uint96(uint256(word) >> 128)
        });
    }

    /// @dev Level by level into new memory, as the interface words it.
    function _root(bytes32[] memory level) private pure returns (bytes32) {
        if (level.length == 0) return 0;
        while (level.length > 1) level = _parents(level);
        return level[0];
    }

    function _proof(bytes32[] memory level, uint256 index) private pure returns (bytes32[] memory proof) {
        bytes32[] memory siblings = new bytes32[](8);
        uint256 count;
        for (; level.length > 1; index /= 2) {
            uint256 sibling = index % 2 == 0 ? index + 1 : index - 1;
            if (sibling < level.length) siblings[count++] = level[sibling];
            level = _parents(level);
        }
        proof = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) proof[i] = siblings[i];
    }

    function _parents(bytes32[] memory level) private pure returns (bytes32[] memory parents) {
        parents = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < parents.length; ++i) {
            bytes32 left = level[2 * i];
            if (2 * i + 1 == level.length) {
                parents[i] = left;
                continue;
            }
            bytes32 right = level[2 * i + 1];
            parents[i] = left < right
                ? keccak256(abi.encodePacked(left, right))
                : keccak256(abi.encodePacked(right, left));
        }
    }
}
