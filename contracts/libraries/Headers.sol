// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../interfaces/IPaymentChannel.sol";

/// @title The header of a channel, hashed and logged from calldata
/// @notice A Header has static members only, so in calldata it is its own ABI encoding, 13 words; Terms are its first 9.
library Headers {
    /// @notice keccak256(abi.encode(block.chainid, address(this), header)).
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function id(IPaymentChannel.Header calldata header) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, chainid())
            mstore(add(free, 0x20), address())
            calldatacopy(add(free, 0x40), header, 0x1a0)
            hash := keccak256(free, 0x1e0)
        }
    }

    /// @notice The same, for the header made of the terms and of what follows from their payees.
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function idOf(
        IPaymentChannel.Terms calldata terms,
        uint256 sumOneTime,
        uint256 sumRate,
        uint256 sumShare,
        bytes32 payeesRoot
    ) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, chainid())
            mstore(add(free, 0x20), address())
            calldatacopy(add(free, 0x40), terms, 0x120)
            mstore(add(free, 0x160), sumOneTime)
            mstore(add(free, 0x180), sumRate)
            mstore(add(free, 0x1a0), sumShare)
            mstore(add(free, 0x1c0), payeesRoot)
            hash := keccak256(free, 0x1e0)
        }
    }

    /// @notice Whether no member exceeds its type. What is hashed and logged unread must be checked once: every created id
    /// is that of a well-formed header.
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function isWellFormed(IPaymentChannel.Terms calldata terms) internal pure returns (bool result) {
        assembly ("memory-safe") {
            // publisher, provider, token, meter: 160 bits
            let excess := or(calldataload(terms), calldataload(add(terms, 0x20)))
            excess := or(excess, calldataload(add(terms, 0x40)))
            excess := shr(160, or(excess, calldataload(add(terms, 0x80))))
            // grace: 32; acceptBy: 40
            excess := or(excess, shr(32, calldataload(add(terms, 0xa0))))
            excess := or(excess, shr(40, calldataload(add(terms, 0xc0))))
            // maxExecRate, execBurst: 96
            excess := or(excess, shr(96, or(calldataload(add(terms, 0xe0)), calldataload(add(terms, 0x100)))))
            result := iszero(excess)
        }
    }

    /// @notice emit ChannelCreated(id_, terms.publisher, terms.provider, terms.token … terms.execBurst, amount,
    /// accepted).
    // slither-disable-next-line assembly -- calldata is hashed, summed or logged as it lies there
    function emitCreated(IPaymentChannel.Terms calldata terms, bytes32 id_, uint256 amount, bool accepted) internal {
        bytes32 signature = IPaymentChannel.ChannelCreated.selector;
        assembly ("memory-safe") {
            let free := mload(0x40)
            // Topics are the first two words of the terms, data begins with the other seven.
            calldatacopy(free, add(terms, 0x40), 0xe0)
            mstore(add(free, 0xe0), amount)
            mstore(add(free, 0x100), accepted)
            log4(free, 0x120, signature, id_, calldataload(terms), calldataload(add(terms, 0x20)))
        }
    }
}
