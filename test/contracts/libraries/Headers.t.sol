// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {Headers} from "../../../contracts/libraries/Headers.sol";
import {isTrue} from "../support/Vm.sol";

/// @notice Gives the library, which reads calldata as it lies, a calldata of its own.
contract HeadersHarness {
    function id(IPaymentChannel.Header calldata header) external view returns (bytes32) {
        return Headers.id(header);
    }

    function idOf(IPaymentChannel.Terms calldata terms, uint256 a, uint256 b, uint256 c, bytes32 root)
        external
        view
        returns (bytes32)
    {
        return Headers.idOf(terms, a, b, c, root);
    }

    function isWellFormed(IPaymentChannel.Terms calldata terms) external pure returns (bool) {
        return Headers.isWellFormed(terms);
    }
}

/// @notice Each block of assembly against the same in Solidity.
contract HeadersTest {
    HeadersHarness private immutable harness = new HeadersHarness();

    function test_id_isTheHashOfTheEncoding(IPaymentChannel.Header calldata header) external view {
        bytes32 expected = keccak256(abi.encode(block.chainid, address(harness), header));
        isTrue(harness.id(header) == expected, "id");
        IPaymentChannel.Terms memory terms = IPaymentChannel.Terms({
            publisher: header.publisher,
            provider: header.provider,
            token: header.token,
            podId: header.podId,
            meter: header.meter,
            grace: header.grace,
            acceptBy: header.acceptBy,
            maxExecRate: header.maxExecRate,
            execBurst: header.execBurst
        });
        bytes32 completed =
            harness.idOf(terms, header.sumOneTime, header.sumRate, header.sumShare, header.payeesRoot);
        isTrue(completed == expected, "id of the terms");
        isTrue(harness.isWellFormed(terms), "well formed");
    }

    /// @dev Words that no encoder writes: one bit beyond the type of one member.
    function test_isWellFormed_seesEachBitBeyondItsType(uint256 seed) external view {
        uint8[9] memory width = [160, 160, 160, 0, 160, 32, 40, 96, 96];
        uint256[9] memory words;
        for (uint256 i = 0; i < 9; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            words[i] = width[i] == 0 ? word : word & ((uint256(1) << width[i]) - 1);
        }
        isTrue(_isWellFormed(words), "within");
        for (uint256 member = 0; member < 9; ++member) {
            for (uint256 bit = width[member]; bit < 256 && bit != 0; ++bit) {
                words[member] ^= uint256(1) << bit;
                isTrue(!_isWellFormed(words), "beyond");
                words[member] ^= uint256(1) << bit;
            }
        }
    }

    function _isWellFormed(uint256[9] memory words) private view returns (bool) {
        (bool done, bytes memory answer) =
            address(harness).staticcall(abi.encodePacked(HeadersHarness.isWellFormed.selector, abi.encode(words)));
        isTrue(done, "called");
        return abi.decode(answer, (bool));
    }
}
